// Events and loads that every Linux kernel with perf can count, without a PMU.
#pragma once

#include <dirent.h>
#include <linux/perf_event.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <ctime>
#include <vector>

#include "pmc/event_group.h"

namespace pmc_test {

inline const isochron::pmc::EventSpec kTaskClock{"task_clock", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK};
inline const isochron::pmc::EventSpec kPageFaults{"page_faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS};
inline const isochron::pmc::EventSpec kSwitches{"context_switches", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES};
/// Opens nowhere: PERF_TYPE_SOFTWARE has no such number.
inline const isochron::pmc::EventSpec kImpossible{"impossible", PERF_TYPE_SOFTWARE, 9999};

/// False where the machine has no perf at all (an emulator, a container's filter): such tests can't run there. Asked of
/// the kernel itself, for what is tested must not say whether it is.
inline bool software_events_work() {
  perf_event_attr attr{};
  attr.size = sizeof attr;
  attr.type = PERF_TYPE_SOFTWARE;
  attr.config = PERF_COUNT_SW_TASK_CLOCK;
  attr.exclude_kernel = attr.exclude_hv = 1;
  const auto fd = static_cast<int>(syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0));
  return fd >= 0 && close(fd) == 0;
}

/// Far more than a job that does nothing takes, sanitizers and a busy machine included.
inline constexpr std::size_t kManyPages = 4096;

/// Touches `pages` fresh pages: as many page faults. False when there is no memory.
inline bool touch_pages(std::size_t pages) {
  const std::size_t size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  void* memory = mmap(nullptr, pages * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return false;
  madvise(memory, pages * size, MADV_NOHUGEPAGE);
  for (std::size_t i = 0; i < pages; ++i) static_cast<volatile char*>(memory)[i * size] = 1;
  return munmap(memory, pages * size) == 0;
}

inline void spin_ms(long ms) {
  timespec start{}, now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
  do clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  while ((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1'000'000 < ms);
}

/// Open file descriptors of this process.
inline int open_descriptors() {
  int count = 0;
  DIR* dir = opendir("/proc/self/fd");
  if (dir == nullptr) return -1;
  while (readdir(dir) != nullptr) ++count;
  closedir(dir);
  return count;
}

}  // namespace pmc_test
