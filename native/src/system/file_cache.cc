#include "system/file_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
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

/// Whether mincore(2) tells this user the truth of the file. Since Linux 5.2 it claims that all of a file is there to
/// whoever neither owns it (or has CAP_FOWNER over it) nor may write it: mm/mincore.c, can_do_mincore. O_NOATIME asks
/// the kernel the first of these very questions, and faccessat2 the second, both about the descriptor and for the user
/// that files see. The latter also says no of a mount that is read-only, and is not there before Linux 5.8: then less
/// is known than could be.
bool is_told_of(const ReadOnlyFile& file) {
  const int flags = fcntl(file.fd(), F_GETFL);
  if (flags != -1 && fcntl(file.fd(), F_SETFL, flags | O_NOATIME) == 0) return true;
#ifdef SYS_faccessat2
  return syscall(SYS_faccessat2, file.fd(), "", W_OK, AT_EACCESS | AT_EMPTY_PATH) == 0;
#else
  return false;
#endif
}

FileCache look(const ReadOnlyFile& file) {
  FileCache cache{file.bytes(), std::nullopt};
  if (cache.bytes == 0) return {0, 0};
  if (!is_told_of(file)) return cache;
  void* const view = mmap(nullptr, cache.bytes, PROT_READ, MAP_SHARED, file.fd(), 0);
  if (view == MAP_FAILED) return cache;
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  std::vector<unsigned char> present((cache.bytes + page - 1) / page);
  if (mincore(view, cache.bytes, present.data()) == 0)
    cache.resident = page * static_cast<std::uint64_t>(std::count_if(present.begin(), present.end(),
                                                                     [](auto flags) { return (flags & 1u) != 0; }));
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
