// The calling thread's stack.
#pragma once

#include <cstddef>

namespace isochron::system {

/// Writes one byte per page of the next `bytes` of the stack, so that no job faults them in. The stack must be large
/// enough.
void prefault_stack(std::size_t bytes) noexcept;

}  // namespace isochron::system
