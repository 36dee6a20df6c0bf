#include "pmc/user_read.h"

#include <linux/perf_event.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <utility>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace isochron::pmc {
namespace {

constexpr int kAttempts = 4;  // a new attempt means that a context switch came in between

// The reader runs on the CPU that writes the page, so that only the compiler has to be kept from reordering.
void compiler_barrier() noexcept { std::atomic_signal_fence(std::memory_order_seq_cst); }

#if defined(__x86_64__)
constexpr bool kCanReadCounters = true;
std::uint64_t clock_ticks() noexcept { return __rdtsc(); }
std::optional<std::uint64_t> hardware_counter(std::uint32_t index) noexcept {
  return static_cast<std::uint64_t>(__rdpmc(static_cast<int>(index - 1)));
}
#elif defined(__aarch64__)
constexpr bool kCanReadCounters = true;
std::uint64_t clock_ticks() noexcept {
  std::uint64_t value;
  __asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(value)::"memory");
  return value;
}
std::optional<std::uint64_t> hardware_counter(std::uint32_t index) noexcept {
  std::uint64_t value;
  __asm__ volatile("isb" ::: "memory");
  // The register's number is part of the instruction. (PMSELR_EL0 chooses one at run time, but Linux does not keep
  // it across context switches.) Index 32, counter 31, is the cycle counter.
#define ISOCHRON_COUNTER(n)                                       \
  case n + 1:                                                     \
    __asm__ volatile("mrs %0, pmevcntr" #n "_el0" : "=r"(value)); \
    return value;
  switch (index) {
    ISOCHRON_COUNTER(0)
    ISOCHRON_COUNTER(1)
    ISOCHRON_COUNTER(2)
    ISOCHRON_COUNTER(3)
    ISOCHRON_COUNTER(4)
    ISOCHRON_COUNTER(5)
    ISOCHRON_COUNTER(6)
    ISOCHRON_COUNTER(7)
    ISOCHRON_COUNTER(8)
    ISOCHRON_COUNTER(9)
    ISOCHRON_COUNTER(10)
    ISOCHRON_COUNTER(11)
    ISOCHRON_COUNTER(12)
    ISOCHRON_COUNTER(13)
    ISOCHRON_COUNTER(14)
    ISOCHRON_COUNTER(15)
    ISOCHRON_COUNTER(16)
    ISOCHRON_COUNTER(17)
    ISOCHRON_COUNTER(18)
    ISOCHRON_COUNTER(19)
    ISOCHRON_COUNTER(20)
    ISOCHRON_COUNTER(21)
    ISOCHRON_COUNTER(22)
    ISOCHRON_COUNTER(23)
    ISOCHRON_COUNTER(24)
    ISOCHRON_COUNTER(25)
    ISOCHRON_COUNTER(26)
    ISOCHRON_COUNTER(27)
    ISOCHRON_COUNTER(28)
    ISOCHRON_COUNTER(29)
    ISOCHRON_COUNTER(30)
    case 32:
      __asm__ volatile("mrs %0, pmccntr_el0" : "=r"(value));
      return value;
    default:
      return std::nullopt;
  }
#undef ISOCHRON_COUNTER
}
#else
constexpr bool kCanReadCounters = false;
std::uint64_t clock_ticks() noexcept { return 0; }
std::optional<std::uint64_t> hardware_counter(std::uint32_t) noexcept { return std::nullopt; }
#endif

const volatile perf_event_mmap_page* as_page(void* page) noexcept {
  return static_cast<const volatile perf_event_mmap_page*>(page);
}

std::size_t page_size() noexcept { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

}  // namespace

std::uint64_t user_read_config1([[maybe_unused]] std::uint32_t type) {
#if defined(__aarch64__)
  constexpr std::uint64_t kRdpmc = 2;
  if (type == PERF_TYPE_SOFTWARE || type == PERF_TYPE_TRACEPOINT || type == PERF_TYPE_BREAKPOINT) return 0;
  int allowed = 0;
  if (std::ifstream file("/proc/sys/kernel/perf_user_access"); file >> allowed && allowed == 1) return kRdpmc;
#endif
  return 0;
}

UserPage::UserPage(UserPage&& other) noexcept : page_(std::exchange(other.page_, nullptr)) {}

UserPage& UserPage::operator=(UserPage&& other) noexcept {
  std::swap(page_, other.page_);
  return *this;
}

UserPage::~UserPage() {
  if (page_ != nullptr) munmap(page_, page_size());
}

UserPage UserPage::map(int fd) noexcept {
  UserPage result;
  if (!kCanReadCounters) return result;
  void* page = mmap(nullptr, page_size(), PROT_READ, MAP_SHARED, fd, 0);
  if (page != MAP_FAILED) result.page_ = page;
  return result;
}

std::uint32_t UserPage::sequence() const noexcept { return as_page(page_)->lock; }

namespace {

// A template, so that nothing stands between the CPU's own instructions and the values.
template <typename Ticks, typename Counter>
std::optional<UserPage::Value> read_by(const volatile perf_event_mmap_page* page, Ticks read_ticks,
                                       Counter read_counter) noexcept {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const std::uint32_t sequence = page->lock;
    compiler_barrier();
    // Without the clock's parameters the times would be those of the last context switch: not good enough.
    // index 0: the event has no counter now, or the kernel forbids reading it here.
    const std::uint32_t index = page->index;
    if (!page->cap_user_rdpmc || !page->cap_user_time || index == 0) return std::nullopt;
    std::uint64_t ticks = read_ticks();
    if (page->cap_user_time_short) ticks = page->time_cycles + ((ticks - page->time_cycles) & page->time_mask);
    const std::uint64_t since = ticks_to_ns(ticks, page->time_mult, page->time_shift, page->time_offset);
    UserPage::Value value;
    value.times = {page->time_enabled + since, page->time_running + since};
    const auto raw = read_counter(index);
    if (!raw) return std::nullopt;
    value.count = extend_counter(*raw, page->pmc_width, page->offset);
    compiler_barrier();
    if (page->lock == sequence) return value;
  }
  return std::nullopt;
}

}  // namespace

std::optional<UserPage::Value> UserPage::read() const noexcept {
  return read_by(
      as_page(page_), [] { return clock_ticks(); }, [](std::uint32_t index) { return hardware_counter(index); });
}

std::optional<UserPage::Value> read_page(const volatile perf_event_mmap_page& page, std::uint64_t (*ticks)(),
                                         std::optional<std::uint64_t> (*counter)(std::uint32_t)) noexcept {
  return read_by(&page, ticks, counter);
}

std::uint64_t extend_counter(std::uint64_t raw, unsigned width, std::int64_t offset) noexcept {
  if (width > 0 && width < 64) {
    const unsigned unused = 64 - width;
    raw = static_cast<std::uint64_t>(static_cast<std::int64_t>(raw << unused) >> unused);
  }
  return static_cast<std::uint64_t>(offset) + raw;
}

std::uint64_t ticks_to_ns(std::uint64_t ticks, std::uint32_t mult, unsigned shift, std::uint64_t offset) noexcept {
  const std::uint64_t whole = ticks >> shift;
  const std::uint64_t rest = ticks & ((std::uint64_t{1} << shift) - 1);
  return offset + whole * mult + ((rest * mult) >> shift);
}

}  // namespace isochron::pmc
