// The kernel's page cache of one file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace isochron::system {

struct FileCache {
  std::uint64_t bytes = 0;  // of the file
  /// Bytes of it in the page cache, in whole pages; none where that is not known.
  std::optional<std::uint64_t> resident;
};

/// What of the file is in memory: known of files only that this user owns or may write.
/// Throws Error E_NO_FILE.
FileCache file_cache(const std::string& path);

/// Asks the kernel to forget the file's pages and says what is left: pages that a process has mapped stay.
/// Throws Error E_NO_FILE.
FileCache drop_file_cache(const std::string& path);

}  // namespace isochron::system
