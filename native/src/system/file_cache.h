// The kernel's page cache of one file.
#pragma once

#include <cstdint>
#include <string>

namespace isochron::system {

struct FileCache {
  std::uint64_t bytes = 0;     // of the file
  std::uint64_t resident = 0;  // bytes of it in the page cache, in whole pages
};

/// What of the file is in memory. To a user who may not write the file, the kernel says that all of it is (mincore(2)).
/// Throws Error E_NO_FILE.
FileCache file_cache(const std::string& path);

/// Asks the kernel to forget the file's pages and says what is left: pages that a process has mapped stay.
/// Throws Error E_NO_FILE.
FileCache drop_file_cache(const std::string& path);

}  // namespace isochron::system
