/* Symbols that headers or libstdc++ of the build machine refer to and that glibc before 2.33 does not have at all;
 * linked, hidden, into every prebuild (scripts/prebuild/old-glibc.mjs). */
#include <sys/stat.h>

#define HIDDEN __attribute__((visibility("hidden")))

/* Since 2.32 glibc says here whether the process has one thread, and libstdc++ then counts references without atomic
 * instructions. 0 = "may have several" is always right. */
extern char __libc_single_threaded;
HIDDEN char __libc_single_threaded = 0;

/* glibc 2.33 made stat() and its relatives real symbols; before that a program called __xstat() with the version of the
 * structure, through static wrappers in libc_nonshared.a. Newer systems still have __xstat(). On 64-bit machines stat
 * and stat64 are the same. */
#ifdef __x86_64__
enum { kStatVersion = 1 };
#else
enum { kStatVersion = 0 };
#endif

extern int __xstat(int version, const char* path, struct stat* status);
extern int __lxstat(int version, const char* path, struct stat* status);
extern int __fxstat(int version, int fd, struct stat* status);
extern int __fxstatat(int version, int fd, const char* path, struct stat* status, int flags);

#define WRAP(name, parameters, call)          \
  HIDDEN int name parameters { return call; } \
  HIDDEN int name##64 parameters { return call; }

WRAP(stat, (const char* path, struct stat* status), __xstat(kStatVersion, path, status))
WRAP(lstat, (const char* path, struct stat* status), __lxstat(kStatVersion, path, status))
WRAP(fstat, (int fd, struct stat* status), __fxstat(kStatVersion, fd, status))
WRAP(fstatat, (int fd, const char* path, struct stat* status, int flags),
     __fxstatat(kStatVersion, fd, path, status, flags))
