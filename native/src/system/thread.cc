#include "system/thread.h"

#include <dirent.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <utility>

#include "system/error.h"

namespace isochron::system {
namespace {

using Body = std::function<void()>;

void* run_body(void* argument) {
  const std::unique_ptr<Body> body(static_cast<Body*>(argument));
  (*body)();
  return nullptr;
}

class Attributes {
 public:
  Attributes() { pthread_attr_init(&value_); }
  ~Attributes() { pthread_attr_destroy(&value_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  pthread_attr_t* get() { return &value_; }

 private:
  pthread_attr_t value_;
};

}  // namespace

Thread::Thread(std::function<void()> body, std::size_t stack_bytes, const char* what) {
  constexpr std::size_t kPage = std::size_t{64} * 1024;  // a multiple of every page size in use
  Attributes attributes;
  pthread_attr_setstacksize(attributes.get(), (stack_bytes + kPage - 1) / kPage * kPage);
  auto owned = std::make_unique<Body>(std::move(body));
  const int error = pthread_create(&handle_, attributes.get(), &run_body, owned.get());
  if (error != 0)
    throw Error("E_THREAD", std::string("The ") + what + " thread can't be created: " + strerror(error) + ".",
                "Look at the limits of processes and memory: ulimit -u, ulimit -v, pids.max of the cgroup.");
  owned.release();  // NOLINT(bugprone-unused-return-value): run_body owns it now
  joinable_ = true;
}

Thread::~Thread() { join(); }

Thread::Thread(Thread&& other) noexcept : handle_(other.handle_), joinable_(std::exchange(other.joinable_, false)) {}

Thread& Thread::operator=(Thread&& other) noexcept {
  if (this != &other) {
    join();
    handle_ = other.handle_;
    joinable_ = std::exchange(other.joinable_, false);
  }
  return *this;
}

void Thread::join() noexcept {
  if (std::exchange(joinable_, false)) pthread_join(handle_, nullptr);
}

pid_t current_tid() noexcept { return static_cast<pid_t>(syscall(SYS_gettid)); }

void name_this_thread(const char* name) noexcept { prctl(PR_SET_NAME, name); }

std::vector<pid_t> all_threads() {
  std::vector<pid_t> found;
  const std::unique_ptr<DIR, int (*)(DIR*)> tasks(opendir("/proc/self/task"), &closedir);
  if (!tasks) return found;
  while (const dirent* entry = readdir(tasks.get()))
    if (const auto tid = static_cast<pid_t>(std::atoi(entry->d_name)); tid > 0) found.push_back(tid);
  std::sort(found.begin(), found.end());
  return found;
}

std::string thread_name(pid_t tid) {
  std::ifstream comm("/proc/self/task/" + std::to_string(tid) + "/comm");
  std::string text;
  std::getline(comm, text);
  return text;
}

std::vector<pid_t> threads_named(const std::string& name, pid_t except) {
  std::vector<pid_t> found;
  for (const pid_t tid : all_threads())
    if (tid != except && thread_name(tid) == name) found.push_back(tid);
  return found;
}

void block_signals_except(int keep) noexcept {
  sigset_t blocked;
  sigfillset(&blocked);
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS, keep}) sigdelset(&blocked, fault);
  pthread_sigmask(SIG_SETMASK, &blocked, nullptr);
}

}  // namespace isochron::system
