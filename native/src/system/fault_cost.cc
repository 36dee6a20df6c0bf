#include "system/fault_cost.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "system/clocks.h"
#include "system/descriptor.h"
#include "system/file_cache.h"
#include "system/usage.h"

namespace isochron::system {
namespace {

constexpr std::size_t kBytes = 8u << 20;
constexpr int kRounds = 15;

/// ns of CPU time per fault of touching every page of a mapping; absent where none happened.
std::optional<double> touch(void* view, std::size_t length, bool write) noexcept {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  volatile char* const bytes = static_cast<char*>(view);
  const auto faults_before = thread_usage().minor_faults;
  const auto before = thread_cpu_ns();
  for (std::size_t at = 0; at < length; at += page) {
    if (write)
      bytes[at] = 1;
    else
      (void)bytes[at];
  }
  const auto spent = thread_cpu_ns() - before;
  const auto faults = thread_usage().minor_faults - faults_before;
  if (faults == 0) return std::nullopt;
  return static_cast<double>(spent) / static_cast<double>(faults);
}

template <typename Map>
std::optional<double> median_of_rounds(std::size_t length, bool write, Map map) {
  std::vector<double> rounds;
  for (int i = 0; i < kRounds; ++i) {
    void* const view = map();
    if (view == MAP_FAILED) return std::nullopt;
    madvise(view, length, MADV_NOHUGEPAGE);
    if (const auto cost = touch(view, length, write)) rounds.push_back(*cost);
    munmap(view, length);
  }
  return median(std::move(rounds));
}

std::optional<double> of_file(const std::string& path) {
  const std::uint64_t bytes = file_cache(path).bytes;
  const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, kBytes));
  if (length == 0) return std::nullopt;
  const Descriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  // (the first round reads from the disk what is not in the cache: one of many)
  return median_of_rounds(length, false, [&] { return mmap(nullptr, length, PROT_READ, MAP_SHARED, fd.get(), 0); });
}

}  // namespace

std::optional<double> median(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

FaultCost fault_cost(const std::string& path) {
  FaultCost cost;
  cost.file_ns = of_file(path);
  cost.anonymous_ns = median_of_rounds(
      kBytes, true, [] { return mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); });
  return cost;
}

}  // namespace isochron::system
