#include "system/affinity.h"

#include <errno.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>

#include "system/error.h"

namespace isochron::system {
namespace {

/// Room for 8192 cores: sched_getaffinity fails when the kernel's mask is larger than the buffer.
class Mask {
 public:
  static constexpr std::size_t kBytes = 8 * sizeof(cpu_set_t);
  static constexpr int kCores = static_cast<int>(kBytes * 8);

  Mask() { CPU_ZERO_S(kBytes, sets_.data()); }
  void add(int core) {
    if (core >= 0 && core < kCores) CPU_SET_S(static_cast<std::size_t>(core), kBytes, sets_.data());
  }
  bool has(int core) const { return CPU_ISSET_S(static_cast<std::size_t>(core), kBytes, sets_.data()); }
  cpu_set_t* data() { return sets_.data(); }

 private:
  std::array<cpu_set_t, 8> sets_;
};

std::vector<int> read_core_list(const char* path) {
  std::ifstream file(path);
  std::string text;
  std::getline(file, text);
  return parse_core_list(text);
}

bool contains(const std::vector<int>& cores, int core) {
  return std::find(cores.begin(), cores.end(), core) != cores.end();
}

}  // namespace

std::vector<int> parse_core_list(std::string_view text) {
  std::vector<int> cores;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const auto part = text.substr(0, comma);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    int first = 0;
    const char* end = part.data() + part.size();
    const auto head = std::from_chars(part.data(), end, first);
    if (head.ec != std::errc()) continue;
    int last = first;
    if (head.ptr != end && *head.ptr == '-') std::from_chars(head.ptr + 1, end, last);
    for (int core = first; core <= last; ++core) cores.push_back(core);
  }
  return cores;
}

std::string format_core_list(const std::vector<int>& cores) {
  std::vector<int> sorted(cores);
  std::sort(sorted.begin(), sorted.end());
  std::string text;
  for (std::size_t i = 0; i < sorted.size();) {
    std::size_t last = i;
    while (last + 1 < sorted.size() && sorted[last + 1] <= sorted[last] + 1) ++last;
    if (!text.empty()) text += ',';
    text += std::to_string(sorted[i]);
    if (sorted[last] != sorted[i]) text += '-' + std::to_string(sorted[last]);
    i = last + 1;
  }
  return text;
}

std::vector<int> present_cores() { return read_core_list("/sys/devices/system/cpu/present"); }

std::vector<int> online_cores() { return read_core_list("/sys/devices/system/cpu/online"); }

void require_online(const std::vector<int>& cores) { require_among(cores, online_cores(), present_cores()); }

void require_among(const std::vector<int>& cores, const std::vector<int>& online, const std::vector<int>& present) {
  if (online.empty()) return;  // no sysfs: the kernel's own answer comes with set_affinity
  for (const int core : cores) {
    if (contains(online, core)) continue;
    const std::string name = "core " + std::to_string(core);
    const std::string choice = "Cores that are online: " + format_core_list(online) + ".";
    if (!contains(present, core)) throw Error("E_CORE_ABSENT", "This machine has no " + name + ".", choice);
    throw Error("E_CORE_OFFLINE", "On this machine " + name + " is offline.",
                choice + " To bring it up: echo 1 > /sys/devices/system/cpu/cpu" + std::to_string(core) + "/online");
  }
}

std::vector<int> get_affinity(pid_t tid) {
  Mask mask;
  std::vector<int> cores;
  if (sched_getaffinity(tid, Mask::kBytes, mask.data()) != 0) return cores;
  for (int core = 0; core < Mask::kCores; ++core)
    if (mask.has(core)) cores.push_back(core);
  return cores;
}

int set_affinity(pid_t tid, const std::vector<int>& cores) noexcept {
  Mask mask;
  for (const int core : cores) mask.add(core);
  return sched_setaffinity(tid, Mask::kBytes, mask.data()) == 0 ? 0 : errno;
}

int set_whole_affinity(pid_t tid, const std::vector<int>& cores) noexcept {
  const int error = set_affinity(tid, cores);
  if (error != 0) return error;
  // the kernel leaves out what the thread's cpuset does not hold, and says so only where nothing is left
  Mask kept;
  if (sched_getaffinity(tid, Mask::kBytes, kept.data()) != 0) return errno;
  return std::all_of(cores.begin(), cores.end(), [&](int core) { return kept.has(core); }) ? 0 : EINVAL;
}

}  // namespace isochron::system
