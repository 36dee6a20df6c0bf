// System calls that fail as a container's filter, a limit or a lack of rights lets them fail.
#pragma once

#include <doctest/doctest.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <thread>
#include <vector>

namespace refusal_test {

/// In place of an error: the call is not made, and the handler of SIGSYS is called.
inline constexpr int kTrapped = -1;

/// A system call that fails with `error`; where `argument` is given, only with this value there.
struct Refused {
  long call;
  int error;
  int argument = -1;
  unsigned value = 0;
};

/// Puts the filter on the calling thread and those that it creates from then on. False where that is not possible.
inline bool refuse(const std::vector<Refused>& calls) {
  std::vector<sock_filter> program;
  const auto load = [&program](std::size_t offset) {
    program.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<unsigned>(offset)));
  };
  for (const auto& refused : calls) {
    const bool any = refused.argument < 0;
    load(offsetof(seccomp_data, nr));
    program.push_back(
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(refused.call), 0, static_cast<__u8>(any ? 1 : 3)));
    if (!any) {
      load(offsetof(seccomp_data, args) + static_cast<std::size_t>(refused.argument) * sizeof(__u64));
      program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, refused.value, 0, 1));
    }
    program.push_back(BPF_STMT(BPF_RET | BPF_K, refused.error == kTrapped
                                                    ? SECCOMP_RET_TRAP
                                                    : SECCOMP_RET_ERRNO | static_cast<unsigned>(refused.error)));
  }
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

/// Runs `body` on a thread of its own, on which (and on whose children) these system calls fail.
template <typename Body>
void where_refused(const std::vector<Refused>& calls, Body body) {
  std::thread([&] {
    if (refuse(calls))
      body();
    else
      MESSAGE("skipped: no filter of system calls can be set here");
  }).join();
}

/// Runs `body` on a thread whose capabilities (they belong to threads, and its children have no others) are these only.
template <typename Body>
void with_capabilities(std::uint64_t wanted, Body body) {
  std::thread([&] {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
    for (unsigned i = 0; i < _LINUX_CAPABILITY_U32S_3; ++i)
      data[i].effective = data[i].permitted = static_cast<__u32>(wanted >> 32 * i);
    if (syscall(SYS_capset, &header, data) == 0)
      body();
    else
      MESSAGE("skipped: this process lacks the capability itself");
  }).join();
}

template <typename Body>
void without_capabilities(Body body) {
  with_capabilities(0, body);
}

template <typename Body>
void with_only(unsigned capability, Body body) {
  with_capabilities(std::uint64_t{1} << capability, body);
}

/// The soft limit of a resource of this process, put back with the object.
class SoftLimit {
 public:
  using Resource = decltype(RLIMIT_DATA);

  SoftLimit(Resource resource, rlim_t soft) : resource_(resource) {
    getrlimit(resource_, &before_);
    rlimit limit = before_;
    limit.rlim_cur = soft;
    REQUIRE(setrlimit(resource_, &limit) == 0);
  }
  ~SoftLimit() { setrlimit(resource_, &before_); }
  SoftLimit(const SoftLimit&) = delete;
  SoftLimit& operator=(const SoftLimit&) = delete;

 private:
  Resource resource_;
  rlimit before_{};
};

}  // namespace refusal_test
