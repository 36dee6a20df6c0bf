#include "system/thread_account.h"

#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>

#include "system/descriptor.h"

namespace isochron::system {
namespace {

using Count = std::optional<std::uint64_t>;

/// The number that stands behind the first `label` at the beginning of a line, blanks and a colon aside.
Count after(const std::string& text, const std::string& label) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind(label, 0) != 0) continue;
    const auto at = line.find_first_not_of(" \t:", label.size());
    if (at == label.size() || at == std::string::npos) continue;
    std::uint64_t value = 0;
    if (std::istringstream(line.substr(at)) >> value) return value;
  }
  return std::nullopt;
}

Count field(const std::string& text, int index) {
  std::istringstream words(text);
  std::string word;
  for (int i = 0; i < index; ++i) words >> word;
  std::uint64_t value = 0;
  if (words >> value) return value;
  return std::nullopt;
}

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Of the calling thread, '\0' behind it; what does not fit is left out. False where there is none.
template <std::size_t Size>
bool read_own(const char* path, char (&text)[Size]) noexcept {
  const Descriptor file(open(path, O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return false;
  std::size_t length = 0;
  for (ssize_t more = 1; more > 0 && length < Size - 1; length += static_cast<std::size_t>(more))
    if ((more = read(file.get(), text + length, Size - 1 - length)) < 0) return false;
  text[length] = '\0';
  return length > 0;
}

Count difference(Count before, Count after) noexcept {
  if (!before || !after || *after < *before) return std::nullopt;
  return *after - *before;
}

}  // namespace

ThreadAccount parse_account(const ThreadFiles& files) {
  ThreadAccount account;
  // the name in parentheses may hold anything, a parenthesis too; behind it the 3rd field comes
  const auto name_end = files.stat.rfind(')');
  if (name_end != std::string::npos) {
    constexpr int kMinor = 10 - 3, kMajor = 12 - 3;
    const auto rest = files.stat.substr(name_end + 1);
    account.minor_faults = field(rest, kMinor);
    account.major_faults = field(rest, kMajor);
  }
  account.voluntary_switches = after(files.status, "voluntary_ctxt_switches");
  account.involuntary_switches = after(files.status, "nonvoluntary_ctxt_switches");
  account.migrations = after(files.sched, "se.nr_migrations");
  account.run_delay_ns = field(files.schedstat, 1);
  return account;
}

ThreadAccount thread_account(pid_t tid) {
  const auto folder = "/proc/self/task/" + std::to_string(tid) + "/";
  return parse_account(
      {text_of(folder + "stat"), text_of(folder + "status"), text_of(folder + "sched"), text_of(folder + "schedstat")});
}

std::optional<std::uint64_t> own_run_delay_ns() noexcept {
  char text[96];
  if (!read_own("/proc/thread-self/schedstat", text)) return std::nullopt;
  std::uint64_t delay_ns = 0, times = 0;
  // a kernel that keeps no account writes three zeros, and this thread has run at least once
  if (std::sscanf(text, "%*u %" SCNu64 " %" SCNu64, &delay_ns, &times) != 2 || times == 0) return std::nullopt;
  return delay_ns;
}

std::optional<std::uint64_t> own_migrations() noexcept {
  char text[8192];  // some 60 lines of 70 characters
  if (!read_own("/proc/thread-self/sched", text)) return std::nullopt;
  const char* line = std::strstr(text, "\nse.nr_migrations ");
  std::uint64_t migrations = 0;
  if (line == nullptr || std::sscanf(line, " se.nr_migrations : %" SCNu64, &migrations) != 1) return std::nullopt;
  return migrations;
}

ThreadAccount since(const ThreadAccount& before, const ThreadAccount& after) noexcept {
  return {difference(before.minor_faults, after.minor_faults),
          difference(before.major_faults, after.major_faults),
          difference(before.voluntary_switches, after.voluntary_switches),
          difference(before.involuntary_switches, after.involuntary_switches),
          difference(before.migrations, after.migrations),
          difference(before.run_delay_ns, after.run_delay_ns)};
}

}  // namespace isochron::system
