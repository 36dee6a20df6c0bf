#include "system/memory_lock.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "refusal_support.h"
#include "system/file_lock.h"
#include "system/malloc_policy.h"
#include "system/rights.h"
#include "system/thread.h"

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
  const JobMemory job{"/usr/bin/node", stack_pointer, 64 * 1024, {0x7f0004000000}, {}, {}, {}};
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
      "7f0000300000-7f0000400000 r--p 00000000 fd:00 78                         /devices/model.tflite\n"
      "7f0000400000-7f0000500000 r--s 00000000 00:1a 79                         /dev/shm/model.tflite\n");
  REQUIRE(maps.size() == 3);
  CHECK(locked(maps[0], 0) == 0);
  CHECK(locked(maps[1], 0) == 0x100000);
  CHECK(locked(maps[2], 0) == 0x100000);
}

TEST_CASE("a stack shallower than the part asked for is locked to its beginning") {
  const auto maps = parse_maps(kMaps);
  CHECK(locked(maps[5], 0x7f0000301000 + 16) == 0x800000);
}

TEST_CASE("lines that are no mappings are left out: another separator, nothing between the ends, a missing field") {
  const auto maps = parse_maps(
      "7f0000200000+7f0000300000 r--p 00000000 fd:00 77                         /a\n"
      "7f0000200000-7f0000200000 r--p 00000000 fd:00 77                         /b\n"
      "7f0000300000-7f0000200000 r--p 00000000 fd:00 77                         /c\n"
      "7f0000200000-7f0000300000 r--p 00000000 fd:00\n"
      "\n"
      "7f0000200000-7f0000200001 r--p 00000000 fd:00 77                         /d\n");
  REQUIRE(maps.size() == 1);
  CHECK(maps[0].path == "/d");
}

TEST_CASE("what may be read and written stands in the first two places of the permissions") {
  const auto maps = parse_maps(
      "1000-2000 r--p 00000000 00:00 0 \n1000-2000 rw-p 00000000 00:00 0 \n1000-2000 -w-p 00000000 00:00 0 \n"
      "1000-2000 ---p 00000000 00:00 0 \n1000-2000 --xr 00000000 00:00 0 \n1000-2000 --wp 00000000 00:00 0 \n");
  REQUIRE(maps.size() == 6);
  const bool readable[] = {true, true, false, false, false, false};
  const bool writable[] = {false, true, true, false, false, false};
  for (std::size_t i = 0; i < 6; ++i) {
    CAPTURE(i);
    CHECK(maps[i].readable == readable[i]);
    CHECK(maps[i].writable == writable[i]);
  }
}

TEST_CASE("a mapping is the job's stack from its first byte to before its end, and nothing that can't be read is") {
  Mapping mapping;
  mapping.begin = 0x10000;
  mapping.end = 0x20000;
  mapping.readable = true;
  CHECK(locked(mapping, 0x10000) == 0x10000);  // the stack pointer at its very bottom: nothing below it
  CHECK(locked(mapping, 0x1ffff) == 0x10000);
  CHECK(locked(mapping, 0x20000) == 0);
  CHECK(locked(mapping, 0xffff) == 0);
  mapping.readable = false;
  CHECK(locked(mapping, 0x18000) == 0);
  mapping.path = "/usr/lib/libm.so.6";
  CHECK(locked(mapping, 0) == 0);
  mapping.readable = true;
  CHECK(locked(mapping, 0) == 0x10000);
  mapping.path = "anon_inode:/x";  // a slash, but no file's
  CHECK(locked(mapping, 0) == 0);
}

namespace {

long locked_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (word == "VmLck:") {
      long kib = 0;
      status >> kib;
      return kib;
    }
  return -1;
}

bool covers(const std::vector<Mapping>& parts, const void* address) {
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  for (const auto& part : parts)
    if (part.begin <= at && at < part.end) return true;
  return false;
}

}  // namespace

TEST_CASE("an arena is the mapping of the address and every heap that begins with the same pointer") {
  constexpr std::uintptr_t kHeap = 64u << 20;
  const auto mapping = [](std::uintptr_t begin, std::uintptr_t end, bool writable, const char* path) {
    Mapping result;
    result.begin = begin;
    result.end = end;
    result.readable = true;
    result.writable = writable;
    result.path = path;
    return result;
  };
  const std::vector<Mapping> mappings{
      mapping(8 * kHeap, 8 * kHeap + 0x21000, true, ""),            // the arena's first heap
      mapping(9 * kHeap, 9 * kHeap + 0x1000, true, ""),             // its second one
      mapping(10 * kHeap, 10 * kHeap + 0x1000, true, ""),           // another arena's
      mapping(11 * kHeap + 0x1000, 11 * kHeap + 0x2000, true, ""),  // of our pointer, but no heap
      mapping(12 * kHeap, 12 * kHeap + 0x1000, false, ""),          // nothing to write to
      mapping(13 * kHeap, 13 * kHeap + 0x1000, true, "[stack]"),
      mapping(14 * kHeap, 14 * kHeap + 0x1000, true, ""),  // gone before it was looked at
  };
  constexpr std::uintptr_t kArena = 0x7000, kOther = 0x9000;
  const auto found = [&](std::uintptr_t address) {
    return isochron::system::arena_of(address, mappings, [&](std::uintptr_t at) -> std::uintptr_t {
      if (at == 10 * kHeap) return kOther;
      if (at == 14 * kHeap || at < 8 * kHeap) return 0;
      return kArena;
    });
  };
  using Begins = std::vector<std::uintptr_t>;
  CHECK(found(8 * kHeap + 0x20) == Begins{8 * kHeap, 9 * kHeap});
  CHECK(found(9 * kHeap + 0x20) == Begins{8 * kHeap, 9 * kHeap});
  CHECK(found(10 * kHeap + 0x20) == Begins{10 * kHeap});
  CHECK(found(14 * kHeap) == Begins{14 * kHeap});  // known by nothing but where it is: it is not of everybody's arena
  CHECK(found(14 * kHeap + 0xfff) == Begins{14 * kHeap});
  CHECK(found(14 * kHeap + 0x1000).empty());
  CHECK(found(11 * kHeap + 0x1000) == Begins{8 * kHeap, 9 * kHeap, 11 * kHeap + 0x1000});
  CHECK(found(0x1234).empty());
}

TEST_CASE("the job's memory: what this thread allocates and its stack, in whole pages; not the program, not others'") {
  constexpr std::size_t kStack = 100 << 10;
  std::vector<std::unique_ptr<char[]>> blocks;
  std::vector<Mapping> parts;
  const void* frame = nullptr;
  std::unique_ptr<char[]> others;
  std::atomic<bool> done{false};
  std::atomic<bool> ready{false};
  std::thread other([&] {
    others = std::make_unique<char[]>(10'000);
    ready = true;
    while (!done) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  });
  while (!ready) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  std::thread([&] {
    // 100 MB, in chunks that are not mapped one by one: more than one of malloc's heaps holds
    for (int i = 0; i < 1000; ++i) blocks.push_back(std::unique_ptr<char[]>(new char[100'000]));
    char on_stack = 1;
    frame = &on_stack;
    parts = isochron::system::MemoryLock().job_memory(kStack);
  }).join();
  done = true;
  other.join();
  CHECK(covers(parts, frame));
  CHECK(covers(parts, static_cast<const char*>(frame) - kStack / 2));
  CHECK_FALSE(covers(parts, static_cast<const char*>(frame) - 2 * kStack));
  CHECK(covers(parts, reinterpret_cast<const void*>(&isochron::system::try_lock_file)) == false);
  for (const auto& part : parts) {
    CHECK(part.begin % 4096 == 0);
    CHECK(part.end % 4096 == 0);
    CHECK(part.begin < part.end);
  }
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // their allocators have no arenas
  for (const auto& block : blocks) CHECK(covers(parts, block.get()));
  CHECK_FALSE(covers(parts, others.get()));
  int on_main_stack = 0;
  CHECK_FALSE(covers(parts, &on_main_stack));
#endif
}

TEST_CASE("a held lock shows in VmLck, and nothing of it is left afterwards") {
  {
    isochron::system::MemoryLock lock;
    const int error = lock.lock(64 * 1024);
    CHECK(lock.held() == (error == 0));
    if (!isochron::system::read_rights().ipc_lock) {
      MESSAGE("skipped: memory may not be locked here");
      return;
    }
    CHECK(error == 0);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // these turn mlock into nothing
    CHECK(locked_kib() > 0);
#endif
  }
  CHECK(locked_kib() == 0);
}

TEST_CASE("a lock that fails half way leaves nothing locked") {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  MESSAGE("skipped: locks are the sanitizer's here");
#else
  constexpr std::size_t kStack = 64 << 10;
  refusal_test::without_capabilities([] {
    const auto parts = isochron::system::MemoryLock().job_memory(kStack);
    REQUIRE(parts.size() > 1);
    std::uintptr_t all = 0;
    for (const auto& part : parts) all += part.end - part.begin;
    // room for the first part, and not for all of them
    const auto room = std::max(parts[0].end - parts[0].begin, all / 2);
    REQUIRE(room < all);
    const refusal_test::SoftLimit limit(RLIMIT_MEMLOCK, room);
    isochron::system::MemoryLock lock;
    CHECK(lock.lock(kStack) == ENOMEM);
    CHECK_FALSE(lock.held());
    CHECK(locked_kib() == 0);
  });
#endif
}

namespace {

constexpr std::uintptr_t kHeap = 64u << 20;

Mapping anonymous(std::uintptr_t begin, std::uintptr_t end) {
  Mapping mapping;
  mapping.begin = begin;
  mapping.end = end;
  mapping.readable = mapping.writable = true;
  return mapping;
}

/// Memory that has these words and no others.
isochron::system::WordAt words(std::vector<std::pair<std::uintptr_t, std::uintptr_t>> all) {
  return [all](std::uintptr_t at) -> std::uintptr_t {
    for (const auto& [address, word] : all)
      if (address == at) return word;
    return 0;
  };
}

}  // namespace

TEST_CASE("an arena lies behind the head of its first heap; what only looks like one at its beginning is none") {
  const std::vector<Mapping> mappings{anonymous(8 * kHeap, 8 * kHeap + 0x21000),
                                      anonymous(9 * kHeap, 9 * kHeap + 0x1000),
                                      anonymous(10 * kHeap, 10 * kHeap + 0x40000)};
  const auto arena = 8 * kHeap + 0x30;
  const auto found =
      isochron::system::arenas_in(mappings, words({{8 * kHeap, arena}, {9 * kHeap, arena}, {10 * kHeap, 0x40000}}));
  CHECK(found == std::vector<std::uintptr_t>{arena});
  // what has grown behind the part that was locked is the same heap's
  auto grown = mappings;
  grown.push_back(anonymous(8 * kHeap + 0x21000, 8 * kHeap + 0x90000));
  const auto heaps = isochron::system::arena_of(arena, grown, words({{8 * kHeap, arena}, {9 * kHeap, arena}}));
  CHECK(heaps == std::vector<std::uintptr_t>{8 * kHeap, 9 * kHeap, 8 * kHeap + 0x21000});
}

TEST_CASE("chunks of malloc's that have mappings of their own are known by their heads, one after the other") {
  const auto mapping = anonymous(0x7000'0000, 0x7050'0000);
  const std::uintptr_t at = mapping.begin;
  constexpr std::uintptr_t kWord = sizeof(std::uintptr_t);
  const auto found = [&](std::vector<std::pair<std::uintptr_t, std::uintptr_t>> memory) {
    std::vector<std::uintptr_t> sizes;
    for (const auto& chunk : isochron::system::chunks_in({mapping}, words(memory)))
      sizes.push_back(chunk.end - chunk.begin);
    return sizes;
  };
  using Sizes = std::vector<std::uintptr_t>;
  CHECK(found({{at + kWord, 0x40'0000 | 2}}) == Sizes{0x40'0000});
  CHECK(found({{at + kWord, 0x40'0000 | 2}, {at + 0x40'0000 + kWord, 0x10'0000 | 2}}) == Sizes{0x40'0000, 0x10'0000});
  CHECK(found({{at + kWord, 0x40'0000}}).empty());               // no flag of a mapped chunk
  CHECK(found({{at + kWord, 0x40'0000 | 6}}).empty());           // one of another arena's
  CHECK(found({{at, 1}, {at + kWord, 0x40'0000 | 2}}).empty());  // something before it
  CHECK(found({{at + kWord, 0x40'0010 | 2}}).empty());           // no whole pages
  CHECK(found({{at + kWord, 0x50'1000 | 2}}).empty());           // larger than what is mapped
  CHECK(found({}).empty());
}

TEST_CASE(
    "variables that begin as 0 lie behind a library's file, but not behind the program's own or a file's that can't be "
    "written") {
  const auto maps = parse_maps(
      "1000-2000 rw-p 00000000 fd:00 1 /usr/bin/node\n2000-3000 rw-p 00000000 00:00 0 \n"
      "5000-6000 rw-p 00000000 fd:00 2 /lib/engine.so\n6000-7000 rw-p 00000000 00:00 0 \n"
      "8000-9000 r--p 00000000 fd:00 3 /models/a\n9000-a000 rw-p 00000000 00:00 0 \n"
      "b000-c000 rw-p 00000000 fd:00 2 /lib/engine.so\nd000-e000 rw-p 00000000 00:00 0 \n");
  CHECK(isochron::system::bss_in(maps, "/usr/bin/node") == std::vector<std::uintptr_t>{0x6000});
}

TEST_CASE("what is in memory, may be touched by the job and can be locked is compared with what is locked") {
  const auto all = isochron::system::parse_smaps(
      "00400000-02c00000 r-xp 00000000 fd:00 1 /usr/bin/node\nRss: 9000 kB\nVmFlags: rd ex \n"
      "05000000-06000000 rw-p 00000000 00:00 0 [heap]\nRss:    16384 kB\nLocked: 16384 kB\nVmFlags: rd wr lo \n"
      "06000000-06100000 rw-p 00000000 00:00 0 [heap]\nRss:      512 kB\nVmFlags: rd wr \n"
      "7f0000200000-7f0000300000 r--p 00000000 fd:00 77 /models/a model.tflite\nRss:  100 kB\nVmFlags: rd mr \n"
      "7f0000300000-7f0000301000 ---p 00000000 00:00 0 \nRss: 0 kB\nVmFlags: mr \n"
      "7f0000301000-7f0000a00000 rw-p 00000000 00:00 0 \nRss: 8 kB\nVmFlags: rd wr \n"
      "7f0000a00000-7f0000b01000 rw-p 00000000 00:00 0 \nRss: 1028 kB\nVmFlags: rd wr lo ac \n"
      "7f0000c00000-7f0000e00000 rw-p 00000000 00:0f 9 /dev/shm/huge\nRss: 2048 kB\nVmFlags: rd wr de ht \n"
      "7f0004000000-7f0004021000 rw-p 00000000 00:00 0 \nRss: 132 kB\nVmFlags: rd wr lo \n"
      "7f0004021000-7f0004022000 rw-p 00000000 00:00 0 \nRss: 0 kB\nVmFlags: rd wr \n");
  REQUIRE(all.size() == 10);
  CHECK(all[1].locked);
  CHECK(all[1].present_bytes == 16384 * 1024);
  CHECK_FALSE(all[2].locked);
  CHECK_FALSE(all[7].lockable);
  const std::uintptr_t heap_end = 0x06000000;  // what Node's thread has allocated since is not the job's
  const JobMemory job{"/usr/bin/node", 0x7f0000a00010, 64 * 1024, {0x7f0004000000, 0x7f0004021000}, {}, {}, {},
                      heap_end};
  const auto proof = isochron::system::prove_locked(all, job);
  CHECK(proof.eligible_bytes == (16384 + 100 + 8 + 1028 + 132) * 1024);
  CHECK(proof.locked_bytes == (16384 + 1028 + 132) * 1024);
  REQUIRE(proof.unlocked.size() == 2);
  CHECK(proof.unlocked[0].what == "/models/a model.tflite");
  CHECK(proof.unlocked[0].bytes == 100 * 1024);
  CHECK(proof.unlocked[1].what == "a stack");  // used below what was locked of it
  CHECK(proof.unlocked[1].bytes == 8 * 1024);
}

#if !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)  // their allocators have no arenas, their mlock locks nothing

TEST_CASE("locked is what is proven so: large chunks, what came after the lock, a worker's stack and arena") {
  if (!isochron::system::read_rights().ipc_lock) {
    MESSAGE("skipped: memory may not be locked here");
    return;
  }
  constexpr std::size_t kStack = 64 << 10, kLarge = 70u << 20;  // no heap of an arena has room for it
  isochron::system::MemoryLock lock;
  isochron::system::keep_malloc_in_arenas();
  std::atomic<pid_t> tid{0};
  std::atomic<bool> done{false};
  const auto wait = [] { std::this_thread::sleep_for(std::chrono::milliseconds(1)); };
  std::thread worker([&] {
    const std::vector<char> own(300'000, 1);
    tid = isochron::system::current_tid();
    while (!done) wait();
  });
  while (tid == 0) wait();
  std::thread([&] {
    const auto missing = [&] {
      const auto proof = lock.proof({tid});
      REQUIRE(proof);
      return proof->eligible_bytes - proof->locked_bytes;
    };
    const std::vector<char> large(kLarge, 1);
    REQUIRE(lock.lock(kStack) == 0);
    CHECK(missing() > 300'000);  // the worker's memory
    CHECK(missing() < 4u << 20);
    lock.lock_more(kStack, {tid});
    CHECK(missing() == 0);
    const std::vector<char> later(kLarge, 1);
    CHECK(missing() >= kLarge);
    const auto proof = lock.proof({tid});
    CHECK(proof->unlocked.at(0).what == "memory of malloc");
    lock.lock_more(kStack, {tid});
    CHECK(missing() == 0);
  }).join();
  done = true;
  worker.join();
}

#endif
