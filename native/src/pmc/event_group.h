// Groups of perf events that are counted together or not at all.
#pragma once

#include <pthread.h>
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "pmc/reading.h"
#include "pmc/user_read.h"
#include "system/descriptor.h"

struct perf_event_attr;

namespace isochron::pmc {

/// One event as TypeScript resolved it (src/events/): perf_event_attr type and config.
struct EventSpec {
  std::string name;
  std::uint32_t type = 0;
  std::uint64_t config = 0;
};

/// What became of one event.
struct EventStatus {
  bool opened = false;
  bool no_room = false;  // opens alone, but not together with the events before it
  int error = 0;         // errno of perf_event_open when not opened
  std::string reason;    // a sentence when not opened
};

/// What the kernel is asked for: an event that counts the thread's user mode, or kernel mode, too. The one that leads a
/// group is opened disabled, its members are on with it. (Pure, but for what user_read_config1 looks at.)
perf_event_attr attributes_of(const EventSpec& event, bool kernel_mode, bool leads) noexcept;

/// One perf group on one thread (move-only RAII over the descriptors). Events that can't be opened are left out and
/// explained; the first one that can leads. Opening allocates; reading doesn't.
class EventGroup {
 public:
  EventGroup() = default;
  EventGroup(EventGroup&&) noexcept = default;
  EventGroup& operator=(EventGroup&&) noexcept = default;

  /// Opens `events` (at most record::kMaxCounters) on thread `tid` (0: the calling one; on whatever core it runs),
  /// disabled. `include_kernel`: count kernel mode too. Software events that happen only in the kernel are always
  /// opened with it included: without it they would be a false 0. `status` gets one entry per event. An empty group
  /// (nothing opened) is valid and reads nothing.
  static EventGroup open(const std::vector<EventSpec>& events, pid_t tid, bool include_kernel,
                         std::vector<EventStatus>& status);

  bool empty() const noexcept { return fds_.empty(); }
  std::size_t size() const noexcept { return fds_.size(); }
  void enable() noexcept;
  void disable() noexcept;

  /// Adds this group to `into` (see add_group) with one read(). Works from any thread. False, and a group that
  /// contributes nothing (so that the sum's mask becomes 0), when the kernel doesn't answer.
  bool read(Reading& into) const noexcept;

  /// Tries to map the events for reads without a system call; true if one worked just now. Only on the counted
  /// thread, with the group enabled; read_here() uses them from then on.
  bool use_user_reads() noexcept;
  bool has_user_reads() const noexcept { return !pages_.empty(); }
  /// read(), by user-space reads where they are on and this is the counted thread; falls back by itself.
  bool read_here(Reading& into) const noexcept;

 private:
  bool read_pages(Reading& into) const noexcept;

  std::vector<system::Descriptor> fds_;  // fds_[0] leads
  std::vector<unsigned> slots_;          // slots_[j]: which requested event the j-th descriptor counts
  std::vector<UserPage> pages_;          // empty, or one per descriptor
  pthread_t owner_{};                    // the thread that may read pages_
};

}  // namespace isochron::pmc
