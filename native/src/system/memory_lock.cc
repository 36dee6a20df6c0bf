#include "system/memory_lock.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <fstream>
#include <memory>
#include <sstream>

namespace isochron::system {
namespace {

std::string own_executable() {
  char path[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  return std::string(path, static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
}

// By process_vm_readv, for another thread may unmap what we look at.
std::uintptr_t word_at(std::uintptr_t address) noexcept {
  std::uintptr_t word = 0;
  iovec into{&word, sizeof word};
  iovec from{reinterpret_cast<void*>(address), sizeof word};
  return process_vm_readv(getpid(), &into, 1, &from, 1, 0) == static_cast<ssize_t>(sizeof word) ? word : 0;
}

std::vector<std::uintptr_t> arenas_of_this_thread(const std::vector<Mapping>& mappings) {
  constexpr std::size_t kUncached = 4096;  // the thread's cache of freed chunks, which may be another arena's, has less
  const auto probe = std::make_unique<char[]>(kUncached);
  return arena_of(reinterpret_cast<std::uintptr_t>(probe.get()), mappings, &word_at);
}

}  // namespace

std::vector<std::uintptr_t> arena_of(std::uintptr_t address, const std::vector<Mapping>& mappings,
                                     const std::function<std::uintptr_t(std::uintptr_t)>& word_at) {
  // glibc's arenas other than the main one consist of heaps that begin at multiples of 64 MiB with a pointer to their
  // arena (malloc/arena.c: HEAP_MAX_SIZE, heap_info).
  constexpr std::uintptr_t kHeapSize = std::uintptr_t{64} * 1024 * 1024;
  const std::uintptr_t arena = word_at(address - address % kHeapSize);
  std::vector<std::uintptr_t> found;
  for (const auto& mapping : mappings) {
    if (!mapping.writable || !mapping.path.empty()) continue;
    const bool ours = mapping.begin <= address && address < mapping.end;
    if (ours || (mapping.begin % kHeapSize == 0 && arena != 0 && word_at(mapping.begin) == arena))
      found.push_back(mapping.begin);
  }
  return found;
}

std::vector<Mapping> parse_maps(const std::string& text) {
  std::vector<Mapping> mappings;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    Mapping mapping;
    char dash = 0;
    std::string permissions, offset, device, inode;
    fields >> std::hex >> mapping.begin >> dash >> mapping.end >> permissions >> offset >> device >> inode;
    if (!fields || dash != '-' || mapping.end <= mapping.begin) continue;
    std::getline(fields >> std::ws, mapping.path);
    mapping.readable = permissions.find('r') == 0;
    mapping.writable = permissions.find('w') == 1;
    mappings.push_back(std::move(mapping));
  }
  return mappings;
}

Mapping part_of_job(const Mapping& mapping, const JobMemory& job) {
  Mapping part = mapping;
  const auto below = [&](const char* folder) { return mapping.path.rfind(folder, 0) == 0; };
  // devices are none of the job's, but /dev/shm is a folder as any other, and models may lie there
  const bool file = below("/") && (!below("/dev/") || below("/dev/shm/")) && mapping.path != job.executable;
  const bool arena = std::find(job.arenas.begin(), job.arenas.end(), mapping.begin) != job.arenas.end();
  if (mapping.readable && (file || arena || mapping.path == "[heap]")) return part;
  if (mapping.readable && mapping.begin <= job.stack_pointer && job.stack_pointer < mapping.end) {
    const std::uintptr_t room = job.stack_pointer - mapping.begin;
    part.begin = job.stack_pointer - std::min<std::uintptr_t>(room, job.stack_bytes);
    return part;
  }
  part.end = part.begin;
  return part;
}

std::vector<Mapping> job_memory(std::size_t stack_bytes) {
  std::ifstream file("/proc/self/maps");
  std::stringstream text;
  text << file.rdbuf();
  const auto mappings = parse_maps(text.str());
  JobMemory job;
  job.executable = own_executable();
  job.stack_pointer = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  job.stack_bytes = stack_bytes;
  job.arenas = arenas_of_this_thread(mappings);
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

int MemoryLock::lock(std::size_t stack_bytes) {
  const bool further = held_;
  held_ = true;
  for (const auto& part : job_memory(stack_bytes)) {
    if (mlock(reinterpret_cast<void*>(part.begin), part.end - part.begin) == 0) continue;
    const int error = errno;
    if (!further) {
      munlockall();
      held_ = false;
    }
    return error;
  }
  return 0;
}

MemoryLock::~MemoryLock() {
  if (held_) munlockall();
}

}  // namespace isochron::system
