#include "system/confinement.h"

#include <dirent.h>
#include <errno.h>

#include <cstdlib>
#include <memory>
#include <set>

#include "system/affinity.h"
#include "system/denial.h"
#include "system/error.h"
#include "system/thread.h"

namespace isochron::system {
namespace {

/// Visits every thread of this process once. One that is created while the folder is read is found in the next round;
/// what the visit did to its creator holds for it, too, so this ends. Returns 0 or errno.
template <typename Visit>
int for_each_thread(Visit visit) {
  std::set<pid_t> done;
  for (bool found = true; found;) {
    found = false;
    const std::unique_ptr<DIR, int (*)(DIR*)> tasks(opendir("/proc/self/task"), &closedir);
    if (!tasks) return errno;
    while (const dirent* entry = readdir(tasks.get())) {
      const auto tid = static_cast<pid_t>(std::atoi(entry->d_name));
      if (tid <= 0 || !done.insert(tid).second) continue;
      found = true;
      visit(tid);
    }
  }
  return 0;
}

}  // namespace

Confinement::Confinement(const std::vector<int>& cores) {
  require_online(cores);
  caller_.before = get_affinity(kThisThread);
  // Before any is moved: what a moved thread creates would be taken for one that has always been there.
  int error = for_each_thread([&](pid_t tid) { threads_[tid].before = get_affinity(tid); });
  const int listing = for_each_thread([&](pid_t tid) {
    const int refusal = set_affinity(tid, cores);
    if (refusal != 0 && refusal != ESRCH && error == 0) error = refusal;
    const auto known = threads_.find(tid);
    if (refusal == 0 && known != threads_.end()) known->second.given = get_affinity(tid);
  });
  caller_.given = get_affinity(kThisThread);
  if (error == 0) error = listing;
  if (error == 0) return;
  end();
  const Denial denial = affinity_denial(cores, error, caller_.before);
  throw Error(denial.code, denial.message, denial.hint);
}

Confinement::~Confinement() { end(); }

void Confinement::end() {
  for_each_thread([&](pid_t tid) {
    const auto known = threads_.find(tid);
    const Cores& cores = known == threads_.end() ? caller_ : known->second;
    if (!cores.given.empty() && get_affinity(tid) == cores.given) set_affinity(tid, cores.before);
  });
}

}  // namespace isochron::system
