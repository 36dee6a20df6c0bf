// ISOCHRON_MUTANT=ID switches one mutant on; every id that is asked for is remembered for the map of the tests.
#include <atomic>
#include <cstdlib>

std::atomic<bool> isochron_mutants_reached[1 << 16];

namespace {

unsigned active() noexcept {
  static const unsigned id = [] {
    const char* text = std::getenv("ISOCHRON_MUTANT");
    return text == nullptr ? 0u : static_cast<unsigned>(std::atoi(text));
  }();
  return id;
}

}  // namespace

bool isochron_mutant(unsigned id) noexcept {
  isochron_mutants_reached[id].store(true, std::memory_order_relaxed);
  return id == active();
}
