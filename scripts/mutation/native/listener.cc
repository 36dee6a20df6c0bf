// Writes one line a test into ISOCHRON_MUTANT_MAP: its name, its seconds and the mutants that it reached. Ends the
// process when a test takes far longer than such a file, ISOCHRON_MUTANT_TIMES, says.
#include <doctest/doctest.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>

extern std::atomic<bool> isochron_mutants_reached[1 << 16];

namespace {

struct Map : doctest::IReporter {
  explicit Map(const doctest::ContextOptions&) {
    if (const char* path = std::getenv("ISOCHRON_MUTANT_MAP")) file.open(path);
    if (const char* path = std::getenv("ISOCHRON_MUTANT_TIMES")) {
      std::ifstream map(path);
      std::string test, seconds, rest;
      while (std::getline(map, test, '\t') && std::getline(map, seconds, '\t') && std::getline(map, rest))
        usual_seconds[test] = std::stod(seconds);
    }
  }
  void report_query(const doctest::QueryData&) override {}
  void test_run_start() override {}
  void test_run_end(const doctest::TestRunStats&) override {}
  void test_case_start(const doctest::TestCaseData& test) override {
    name = test.m_name;
    for (auto& reached : isochron_mutants_reached) reached = false;
    // a change that makes a test wait for ever ends the process
    if (const auto known = usual_seconds.find(name); known != usual_seconds.end())
      alarm(static_cast<unsigned>(kPatienceS + kTimes * known->second));
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

  static constexpr double kPatienceS = 5;  // for one test, on a busy machine, and besides it
  static constexpr double kTimes = 10;     // as long as usual
  std::map<std::string, double> usual_seconds;
  std::ofstream file;
  std::string name;
};

}  // namespace

REGISTER_LISTENER("mutants", 1, Map);
