#include "system/file_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <system_error>
#include <vector>

#include "system/descriptor.h"
#include "system/error.h"

namespace isochron::system {
namespace {

class ReadOnlyFile {
 public:
  explicit ReadOnlyFile(const std::string& path) : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    struct stat status {};
    if (!fd_.valid() || fstat(fd_.get(), &status) != 0)
      throw Error("E_NO_FILE",
                  "The file " + path + " can't be opened: " + std::generic_category().message(errno) + ".");
    bytes_ = static_cast<std::uint64_t>(status.st_size);
  }

  int fd() const noexcept { return fd_.get(); }
  std::uint64_t bytes() const noexcept { return bytes_; }

 private:
  Descriptor fd_;
  std::uint64_t bytes_ = 0;
};

FileCache look(const ReadOnlyFile& file) {
  FileCache cache{file.bytes(), 0};
  if (cache.bytes == 0) return cache;
  void* const view = mmap(nullptr, cache.bytes, PROT_READ, MAP_SHARED, file.fd(), 0);
  if (view == MAP_FAILED) return {cache.bytes, cache.bytes};
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  std::vector<unsigned char> present((cache.bytes + page - 1) / page);
  if (mincore(view, cache.bytes, present.data()) == 0) {
    for (const unsigned char flags : present) cache.resident += (flags & 1u) != 0 ? page : 0;
  } else {
    cache.resident = cache.bytes;
  }
  munmap(view, cache.bytes);
  return cache;
}

}  // namespace

FileCache file_cache(const std::string& path) { return look(ReadOnlyFile(path)); }

FileCache drop_file_cache(const std::string& path) {
  const ReadOnlyFile file(path);
  fdatasync(file.fd());  // pages that are not on the disk yet can't be dropped
  posix_fadvise(file.fd(), 0, 0, POSIX_FADV_DONTNEED);
  return look(file);
}

}  // namespace isochron::system
