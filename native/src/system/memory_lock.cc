#include "system/memory_lock.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <limits>
#include <memory>
#include <utility>

namespace isochron::system {
namespace {

// glibc's arenas other than the main one consist of heaps that begin at multiples of 64 MiB with a pointer to their
// arena, which lies behind the head of its first heap (malloc/arena.c: HEAP_MAX_SIZE, heap_info).
constexpr std::uintptr_t kHeapSize = std::uintptr_t{64} * 1024 * 1024;
constexpr std::uintptr_t kLargestHeapHead = 256;

std::uintptr_t heap_at(std::uintptr_t address) { return address - address % kHeapSize; }

std::string own_executable() {
  char path[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  return std::string(path, static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
}

constexpr std::uintptr_t kSmallestPage = 4096;  // that any machine has

// By process_vm_readv, for another thread may unmap what we look at.
bool read(std::uintptr_t address, void* buffer, std::size_t bytes) noexcept {
  iovec into{buffer, bytes};
  iovec from{reinterpret_cast<void*>(address), bytes};
  return process_vm_readv(getpid(), &into, 1, &from, 1, 0) == static_cast<ssize_t>(bytes);
}

// What is not in memory is not brought there: it would be more than there was.
std::uintptr_t word_at(std::uintptr_t address) noexcept {
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  unsigned char present = 0;
  if (mincore(reinterpret_cast<void*>(address - address % page), 1, &present) != 0 || (present & 1) == 0) return 0;
  std::uintptr_t word = 0;
  return read(address, &word, sizeof word) ? word : 0;
}

/// Where the C library keeps what it knows of a thread: with glibc, at the top of its stack. 0: not known.
std::uintptr_t top_of_stack(pid_t tid) noexcept {
  void* head = nullptr;
  std::size_t size = 0;
  if (syscall(SYS_get_robust_list, tid, &head, &size) != 0) return 0;
  return reinterpret_cast<std::uintptr_t>(head);
}

/// Those of `arenas` that the thread allocates from whose stack's mapping ends at `end`, by the pointer to it that
/// glibc keeps among the thread's variables, which lie around the top of its stack.
std::vector<std::uintptr_t> arenas_of_thread(std::uintptr_t top, std::uintptr_t end,
                                             const std::vector<std::uintptr_t>& arenas) {
  constexpr std::uintptr_t kReach = std::uintptr_t{16} * 1024;
  std::vector<std::uintptr_t> words(kSmallestPage / sizeof(std::uintptr_t));
  std::vector<std::uintptr_t> found;
  const auto from = (top - kReach) / kSmallestPage * kSmallestPage;
  for (auto page = from; page < std::min(top + kReach, end); page += kSmallestPage) {
    if (!read(page, words.data(), kSmallestPage)) continue;
    for (const auto arena : arenas)
      if (std::find(words.begin(), words.end(), arena) != words.end()) found.push_back(arena);
  }
  return found;
}

bool anonymous(const Mapping& mapping) { return mapping.readable && mapping.writable && mapping.path.empty(); }

bool contains(const Mapping& mapping, std::uintptr_t address) {
  return mapping.begin <= address && address < mapping.end;
}

template <typename Value>
bool among(const std::vector<Value>& values, Value value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

/// Of a mapping, what lies in none of the ranges, which are in order.
std::vector<Range> without(const Mapping& mapping, const std::vector<Range>& ranges) {
  std::vector<Range> left;
  std::uintptr_t begin = mapping.begin;
  for (const auto& range : ranges) {
    if (range.end <= begin || range.begin >= mapping.end) continue;
    if (range.begin > begin) left.push_back({begin, range.begin});
    begin = range.end;
  }
  if (begin < mapping.end) left.push_back({begin, mapping.end});
  return left;
}

int lock_range(const Range& range) {
  return mlock(reinterpret_cast<void*>(range.begin), range.end - range.begin) == 0 ? 0 : errno;
}

}  // namespace

std::vector<std::uintptr_t> arena_of(std::uintptr_t address, const std::vector<Mapping>& mappings,
                                     const WordAt& word_at) {
  const std::uintptr_t arena = word_at(heap_at(address));
  std::vector<std::uintptr_t> found;
  const auto mapped = [&](std::uintptr_t at) {
    return std::any_of(mappings.begin(), mappings.end(),
                       [at](const Mapping& mapping) { return contains(mapping, at); });
  };
  for (const auto& mapping : mappings) {
    if (!mapping.writable || !mapping.path.empty()) continue;
    // a heap that has grown is one mapping up to where it was locked, and another one behind that
    const auto heap = heap_at(mapping.begin);
    if (contains(mapping, address) || (arena != 0 && mapped(heap) && word_at(heap) == arena))
      found.push_back(mapping.begin);
  }
  return found;
}

std::vector<std::uintptr_t> arenas_in(const std::vector<Mapping>& mappings, const WordAt& word_at) {
  std::vector<std::uintptr_t> found;
  for (const auto& mapping : mappings) {
    if (!anonymous(mapping) || mapping.begin % kHeapSize != 0) continue;
    const auto arena = word_at(mapping.begin);
    if (arena == 0 || arena - heap_at(arena) > kLargestHeapHead || word_at(heap_at(arena)) != arena) continue;
    if (!among(found, arena)) found.push_back(arena);
  }
  return found;
}

std::vector<Range> chunks_in(const std::vector<Mapping>& mappings, const WordAt& word_at) {
  // malloc/malloc.c: a chunk begins with the size of the one before it, 0 here, and its own with three flags
  constexpr std::uintptr_t kFlags = 7, kMapped = 2;
  std::vector<Range> found;
  for (const auto& mapping : mappings) {
    if (!anonymous(mapping)) continue;
    for (auto begin = mapping.begin; begin < mapping.end;) {
      const auto head = word_at(begin + sizeof(std::uintptr_t));
      const auto size = head & ~kFlags;
      if ((head & kFlags) != kMapped || word_at(begin) != 0 || size == 0 || size % kSmallestPage != 0 ||
          size > mapping.end - begin)
        break;
      found.push_back({begin, begin + size});
      begin += size;
    }
  }
  return found;
}

std::vector<std::uintptr_t> bss_in(const std::vector<Mapping>& mappings, const std::string& executable) {
  std::vector<std::uintptr_t> found;
  for (std::size_t i = 1; i < mappings.size(); ++i) {
    const auto& file = mappings[i - 1];
    if (file.path.rfind('/', 0) == 0 && file.path != executable && file.writable && anonymous(mappings[i]) &&
        file.end == mappings[i].begin)
      found.push_back(mappings[i].begin);
  }
  return found;
}

Mapping part_of_job(const Mapping& mapping, const JobMemory& job) {
  Mapping part = mapping;
  const auto below = [&](const char* folder) { return mapping.path.rfind(folder, 0) == 0; };
  // devices are none of the job's, but /dev/shm is a folder as any other, and models may lie there
  const bool file = below("/") && (!below("/dev/") || below("/dev/shm/")) && mapping.path != job.executable;
  const bool whole = file || among(job.arenas, mapping.begin) || among(job.bss, mapping.begin);
  if (mapping.readable && whole) return part;
  if (mapping.readable && mapping.path == "[heap]") {
    part.end = std::max(mapping.begin, std::min(mapping.end, job.heap_end));
    return part;
  }
  const auto chunk = std::find_if(job.chunks.rbegin(), job.chunks.rend(), [&](const Range& range) {
    return mapping.begin <= range.begin && range.end <= mapping.end;
  });
  if (mapping.readable && chunk != job.chunks.rend()) {
    part.end = chunk->end;  // all of a mapping's lie one after the other from its beginning
    return part;
  }
  auto stacks = job.worker_stacks;
  stacks.push_back(job.stack_pointer);
  for (const auto pointer : stacks) {
    if (!mapping.readable || !contains(mapping, pointer)) continue;
    const std::uintptr_t room = pointer - mapping.begin;
    part.begin = pointer - std::min<std::uintptr_t>(room, job.stack_bytes);
    return part;
  }
  part.end = part.begin;
  return part;
}

namespace {

std::string name_of(const Mapping& mapping, const JobMemory& job, bool stack) {
  if (!mapping.path.empty()) return mapping.path;
  if (stack) return "a stack";
  if (among(job.bss, mapping.begin)) return "variables of a library";
  return "memory of malloc";
}

}  // namespace

LockProof prove_locked(const std::vector<MappingUse>& all, const JobMemory& job) {
  LockProof proof;
  bool in_stack = false;          // below the locked part of a stack comes the rest of it, and then a guard
  std::uintptr_t stack_from = 0;  // where the part of it begins that was seen last
  for (auto use = all.rbegin(); use != all.rend(); ++use) {
    const auto& mapping = use->mapping;
    const auto part = part_of_job(mapping, job);
    const auto holds = [&](std::uintptr_t pointer) { return contains(mapping, pointer); };
    in_stack = (in_stack && anonymous(mapping) && mapping.end == stack_from) || holds(job.stack_pointer) ||
               std::any_of(job.worker_stacks.begin(), job.worker_stacks.end(), holds);
    stack_from = mapping.begin;
    if ((part.begin == part.end && !in_stack) || !use->lockable) continue;
    proof.eligible_bytes += use->present_bytes;
    if (use->locked) {
      proof.locked_bytes += use->present_bytes;
    } else if (use->present_bytes > 0) {
      proof.unlocked.push_back({name_of(mapping, job, in_stack), use->present_bytes});
    }
  }
  const auto larger = [](const auto& one, const auto& other) { return one.bytes > other.bytes; };
  std::stable_sort(proof.unlocked.begin(), proof.unlocked.end(), larger);
  if (proof.unlocked.size() > LockProof::kNamed) proof.unlocked.resize(LockProof::kNamed);
  return proof;
}

MemoryLock::MemoryLock() {
  for (const auto& chunk : chunks_in(own_mappings(), &word_at)) others_chunks_.push_back(chunk.begin);
}

JobMemory MemoryLock::job(const std::vector<Mapping>& mappings, std::size_t stack_bytes,
                          const std::vector<pid_t>& workers) const {
  constexpr std::size_t kUncached = 4096;  // the thread's cache of freed chunks, which may be another arena's, has less
  const auto probe = std::make_unique<char[]>(kUncached);
  JobMemory job;
  job.executable = own_executable();
  job.stack_pointer = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  job.stack_bytes = stack_bytes;
  const auto own = reinterpret_cast<std::uintptr_t>(probe.get());
  job.arenas = arena_of(own, mappings, &word_at);
  const bool in_heap = std::any_of(mappings.begin(), mappings.end(), [own](const Mapping& mapping) {
    return mapping.path == "[heap]" && contains(mapping, own);
  });
  // what Node's thread allocates after the lock is not the job's, unless they share it
  if (heap_end_ != 0 && !in_heap) job.heap_end = heap_end_;
  for (const auto& chunk : chunks_in(mappings, &word_at))
    if (!among(others_chunks_, chunk.begin)) job.chunks.push_back(chunk);
  job.bss = bss_in(mappings, job.executable);
  const auto arenas = arenas_in(mappings, &word_at);
  for (const auto tid : workers) {
    const auto top = top_of_stack(tid);
    if (top == 0) continue;
    job.worker_stacks.push_back(top);
    const auto stack =
        std::find_if(mappings.begin(), mappings.end(), [top](const Mapping& m) { return contains(m, top); });
    if (stack == mappings.end()) continue;
    for (const auto arena : arenas_of_thread(top, stack->end, arenas)) {
      const auto heaps = arena_of(arena, mappings, &word_at);
      job.arenas.insert(job.arenas.end(), heaps.begin(), heaps.end());
    }
  }
  return job;
}

std::vector<Mapping> MemoryLock::job_memory(std::size_t stack_bytes, const std::vector<pid_t>& workers) const {
  const auto mappings = own_mappings();
  constexpr std::size_t kFrames = std::size_t{16} * 1024;  // prefault_stack goes a little deeper than it is asked to
  const auto job = this->job(mappings, stack_bytes + kFrames, workers);
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  std::vector<Mapping> parts;
  for (const auto& mapping : mappings) {
    auto part = part_of_job(mapping, job);
    if (part.begin == part.end) continue;
    part.begin -= part.begin % page;
    parts.push_back(std::move(part));
  }
  return parts;
}

void MemoryLock::note(const std::vector<Mapping>& parts) {
  for (const auto& part : parts) {
    locked_.push_back({part.begin, part.end});
    if (part.path == "[heap]") heap_end_ = std::max(heap_end_, part.end);
  }
  std::sort(locked_.begin(), locked_.end(), [](const Range& a, const Range& b) { return a.begin < b.begin; });
}

int MemoryLock::lock(std::size_t stack_bytes, const std::vector<pid_t>& workers) {
  const bool further = held_;
  held_ = true;
  room_.after_first_job.resize(kRoom / 4);
  room_.after_last_job.resize(kRoom);
  room_bytes_ = room_.after_first_job.size() + room_.after_last_job.size();
  const auto parts = job_memory(stack_bytes, workers);
  for (const auto& part : parts) {
    const int error = lock_range({part.begin, part.end});
    if (error == 0) continue;
    if (!further) {
      munlockall();
      held_ = false;
    }
    return error;
  }
  note(parts);
  lock_more(stack_bytes, workers);
  return 0;
}

void MemoryLock::lock_more(std::size_t stack_bytes, const std::vector<pid_t>& workers) {
  // freed at once, and locked as a part of the arena: for what is allocated from now until the last job
  std::vector<char>(kRoom).swap(slack_);
  std::vector<char>().swap(slack_);
  // what this allocates itself lies in the job's arena, too: a further round finds it, and has its room
  constexpr int kRounds = 4;
  for (int round = 0; round < kRounds; ++round) {
    const auto parts = job_memory(stack_bytes, workers);
    std::vector<Range> fresh;
    for (const auto& part : parts)
      for (const auto& range : without(part, locked_)) fresh.push_back(range);
    if (fresh.empty()) return;
    for (const auto& range : fresh) lock_range(range);
    note(parts);
  }
}

void MemoryLock::make_room(bool after_last_job) noexcept {
  std::vector<char>().swap(after_last_job ? room_.after_last_job : room_.after_first_job);
  room_bytes_ = room_.after_first_job.size() + room_.after_last_job.size();
}

std::optional<LockProof> MemoryLock::proof(const std::vector<pid_t>& workers) const {
  const auto all = own_mappings_in_use();
  if (all.empty()) return std::nullopt;
  std::vector<Mapping> mappings;
  mappings.reserve(all.size());
  for (const auto& use : all) mappings.push_back(use.mapping);
  return prove_locked(all, job(mappings, std::numeric_limits<std::size_t>::max(), workers));
}

MemoryLock::~MemoryLock() {
  if (held_) munlockall();
}

}  // namespace isochron::system
