#include "system/stack.h"

namespace isochron::system {
namespace {

constexpr std::size_t kFrame = 4096;

// Recursion rather than alloca: it works alike for every size, compiler and sanitizer. The volatile write after the
// call keeps the compiler from making a loop of it.
[[gnu::noinline]] void touch(std::size_t bytes) noexcept {
  volatile char frame[kFrame];
  frame[0] = 1;
  if (bytes > kFrame) touch(bytes - kFrame);
  frame[kFrame - 1] = frame[0];
}

}  // namespace

void prefault_stack(std::size_t bytes) noexcept { touch(bytes); }

}  // namespace isochron::system
