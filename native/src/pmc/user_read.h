// Reading a counter without a system call: rdpmc on x86, the PMU's registers on arm64, through the page that perf
// shares with user space (linux/perf_event.h, struct perf_event_mmap_page). Only the counted thread itself can do it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "pmc/reading.h"

struct perf_event_mmap_page;

namespace isochron::pmc {

/// What to put into perf_event_attr.config1 of a hardware event, so that the kernel allows user-space reads of it:
/// arm64 wants bit 1 ("rdpmc" in the PMU's format folder) where kernel.perf_user_access is 1; x86 wants nothing.
std::uint64_t user_read_config1(std::uint32_t type);

/// The shared page of one event (move-only RAII over the mapping).
class UserPage {
 public:
  UserPage() = default;
  UserPage(UserPage&& other) noexcept;
  UserPage& operator=(UserPage&& other) noexcept;
  UserPage(const UserPage&) = delete;
  UserPage& operator=(const UserPage&) = delete;
  ~UserPage();

  /// Maps the page of an open event. An empty object where that is refused or this architecture has no such reads.
  static UserPage map(int fd) noexcept;

  bool empty() const noexcept { return page_ == nullptr; }
  /// Changes whenever the kernel moved, stopped or started the event, so it also tells of a context switch.
  std::uint32_t sequence() const noexcept;

  struct Value {
    std::uint64_t count = 0;
    GroupTimes times;
  };
  /// The count and times right now; nothing where the event has no counter at the moment or may not be read from
  /// user space (read() knows then). Must be called on the counted thread.
  std::optional<Value> read() const noexcept;

 private:
  void* page_ = nullptr;
};

/// Adds one group to `into`, from the pages of its events, the leader's first. The leader's sequence number is
/// unchanged only if the thread was not switched out between the first and the last read: then the values belong to one
/// instant, a few nanoseconds wide, as those of read() do. False, and nothing is added, where a page tells nothing (a
/// software event, or one that is not on the PMU now) or the thread was switched out at every attempt. `Page`:
/// UserPage, or what a test puts in its place.
template <typename Page>
bool add_pages(Reading& into, const std::vector<unsigned>& slots, const std::vector<Page>& pages) noexcept {
  constexpr int kAttempts = 4;
  std::uint64_t values[record::kMaxCounters];
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const std::uint32_t sequence = pages.front().sequence();
    GroupTimes times;
    for (std::size_t j = 0; j < pages.size(); ++j) {
      const auto value = pages[j].read();
      if (!value) return false;
      values[j] = value->count;
      if (j == 0) times = value->times;
    }
    if (pages.front().sequence() != sequence) continue;
    add_group(into, {slots.data(), values, static_cast<unsigned>(pages.size()), times});
    return true;
  }
  return false;
}

/// Pure parts of the protocol, from the comments of linux/perf_event.h.
/// UserPage::read() with these ticks and counters in place of the CPU's.
std::optional<UserPage::Value> read_page(const volatile perf_event_mmap_page& page, std::uint64_t (*ticks)(),
                                         std::optional<std::uint64_t> (*counter)(std::uint32_t index)) noexcept;
/// A counter of `width` bits, sign-extended, on top of the kernel's offset.
std::uint64_t extend_counter(std::uint64_t raw, unsigned width, std::int64_t offset) noexcept;
/// Clock ticks to ns: time_offset + ticks * mult / 2^shift, without overflow.
std::uint64_t ticks_to_ns(std::uint64_t ticks, std::uint32_t mult, unsigned shift, std::uint64_t offset) noexcept;

}  // namespace isochron::pmc
