#include "system/memory_lock.h"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>
#include <string>

using isochron::system::JobMemory;
using isochron::system::Mapping;
using isochron::system::parse_maps;
using isochron::system::part_of_job;

namespace {

const char* const kMaps =
    "00400000-02c00000 r-xp 00000000 fd:00 1234                               /usr/bin/node\n"
    "05000000-06000000 rw-p 00000000 00:00 0                                  [heap]\n"
    "7f0000000000-7f0000100000 rw-p 00000000 00:00 0 \n"
    "7f0000200000-7f0000300000 r--p 00000000 fd:00 77                         /models/a model.tflite\n"
    "7f0000300000-7f0000301000 ---p 00000000 00:00 0 \n"
    "7f0000301000-7f0000b01000 rw-p 00000000 00:00 0 \n"
    "7f0000c00000-7f0000c01000 rw-s 00000000 00:0f 9                          anon_inode:[perf_event]\n"
    "7f0004000000-7f0004021000 rw-p 00000000 00:00 0 \n"
    "not a mapping\n";

std::size_t locked(const Mapping& mapping, std::uintptr_t stack_pointer) {
  const JobMemory job{"/usr/bin/node", stack_pointer, 64 * 1024, {0x7f0004000000}};
  const auto part = part_of_job(mapping, job);
  return part.end - part.begin;
}

}  // namespace

TEST_CASE("maps are parsed with their paths, blanks in them included, and other lines are left out") {
  const auto maps = parse_maps(kMaps);
  REQUIRE(maps.size() == 8);
  CHECK(maps[0].begin == 0x400000);
  CHECK(maps[0].end == 0x2c00000);
  CHECK(maps[1].path == "[heap]");
  CHECK(maps[2].path.empty());
  CHECK(maps[3].path == "/models/a model.tflite");
  CHECK_FALSE(maps[4].readable);
}

TEST_CASE("the heap, mapped files and the touched part of the job's stack are locked, V8's anonymous pages are not") {
  const auto maps = parse_maps(kMaps);
  const std::uintptr_t stack_pointer = 0x7f0000b00000;
  CHECK(locked(maps[0], stack_pointer) == 0);  // this program's own executable
  CHECK(locked(maps[1], stack_pointer) == 0x1000000);
  CHECK(locked(maps[2], stack_pointer) == 0);
  CHECK(locked(maps[3], stack_pointer) == 0x100000);
  CHECK(locked(maps[4], stack_pointer) == 0);
  CHECK(locked(maps[5], stack_pointer) == 64 * 1024 + 0x1000);
  CHECK(locked(maps[6], stack_pointer) == 0);
  CHECK(locked(maps[7], stack_pointer) == 0x21000);  // the job thread's malloc arena
}

TEST_CASE("a mapped device is not the job's, for its pages may be no memory") {
  const auto maps = parse_maps(
      "7f0000200000-7f0000300000 rw-s 00000000 00:06 77                         /dev/dri/renderD128\n"
      "7f0000300000-7f0000400000 r--p 00000000 fd:00 78                         /devices/model.tflite\n");
  REQUIRE(maps.size() == 2);
  CHECK(locked(maps[0], 0) == 0);
  CHECK(locked(maps[1], 0) == 0x100000);
}

TEST_CASE("a stack shallower than the part asked for is locked to its beginning") {
  const auto maps = parse_maps(kMaps);
  CHECK(locked(maps[5], 0x7f0000301000 + 16) == 0x800000);
}

TEST_CASE("a held lock shows in VmLck, and nothing of it is left afterwards") {
  const auto locked_kib = [] {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;)
      if (word == "VmLck:") {
        long kib = 0;
        status >> kib;
        return kib;
      }
    return -1L;
  };
  {
    isochron::system::MemoryLock lock;
    if (lock.lock(64 * 1024) != 0) {
      MESSAGE("skipped: memory may not be locked here");
      CHECK_FALSE(lock.held());
      return;
    }
    CHECK(lock.held());
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // these turn mlock into nothing
    CHECK(locked_kib() > 0);
#endif
  }
  CHECK(locked_kib() == 0);
}
