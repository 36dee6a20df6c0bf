#include "runtime/executor.h"

#include <utility>

namespace isochron::runtime {

Executor::Executor(RunPlan plan, std::unique_ptr<workload::Workload> workload)
    : lending_(plan.lending), task_(std::move(plan.task), std::move(workload)) {}

Executor::~Executor() {
  stop();
  join();
}

void Executor::prepare(OnPrepared on_prepared) {
  if (session_) throw Error("E_STATE", "A run is prepared only once.", "Make a new one.");
  session_.emplace(lending_);
  try {
    task_.prepare(*session_, std::move(on_prepared));
  } catch (...) {
    session_.reset();
    throw;
  }
}

void Executor::join() noexcept {
  task_.join();
  session_.reset();
}

std::size_t Executor::drain(record::Stream stream, std::byte* into, std::size_t bytes) {
  if (session_ && !task_.stopping() && session_->heap_outgrown()) task_.stop();
  return task_.drain(stream, into, bytes);
}

}  // namespace isochron::runtime
