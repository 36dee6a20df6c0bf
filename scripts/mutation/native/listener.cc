// Writes one line a test into ISOCHRON_MUTANT_MAP: its name, its seconds and the mutants that it reached.
#include <doctest/doctest.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <string>

extern std::atomic<bool> isochron_mutants_reached[1 << 16];

namespace {

struct Map : doctest::IReporter {
  explicit Map(const doctest::ContextOptions&) {
    if (const char* path = std::getenv("ISOCHRON_MUTANT_MAP")) file.open(path);
  }
  void report_query(const doctest::QueryData&) override {}
  void test_run_start() override {}
  void test_run_end(const doctest::TestRunStats&) override {}
  void test_case_start(const doctest::TestCaseData& test) override {
    name = test.m_name;
    for (auto& reached : isochron_mutants_reached) reached = false;
    // a change that makes a test wait or work for ever ends the process
    if (const char* patience = std::getenv("ISOCHRON_MUTANT_PATIENCE")) alarm(static_cast<unsigned>(std::atoi(patience)));
    if (const char* seconds = std::getenv("ISOCHRON_MUTANT_CPU")) {
      const itimerval limit{{0, 0}, {std::atoi(seconds), 0}};
      setitimer(ITIMER_PROF, &limit, nullptr);
    }
  }
  void test_case_reenter(const doctest::TestCaseData&) override {}
  void test_case_end(const doctest::CurrentTestCaseStats& stats) override {
    if (!file.is_open()) return;
    file << name << '\t' << stats.seconds << '\t';
    for (unsigned id = 0; id < 1 << 16; ++id)
      if (isochron_mutants_reached[id]) file << id << ' ';
    file << std::endl;
  }
  void test_case_exception(const doctest::TestCaseException&) override {}
  void subcase_start(const doctest::SubcaseSignature&) override {}
  void subcase_end() override {}
  void log_assert(const doctest::AssertData&) override {}
  void log_message(const doctest::MessageData&) override {}
  void test_case_skipped(const doctest::TestCaseData&) override {}

  std::ofstream file;
  std::string name;
};

}  // namespace

REGISTER_LISTENER("mutants", 1, Map);
