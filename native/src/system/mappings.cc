#include "system/mappings.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <fstream>
#include <optional>
#include <sstream>
#include <utility>

#include "system/descriptor.h"

namespace isochron::system {
namespace {

std::optional<Mapping> mapping_of(const std::string& line) {
  std::istringstream fields(line);
  Mapping mapping;
  char dash = 0;
  std::string permissions, offset, device, inode;
  fields >> std::hex >> mapping.begin >> dash >> mapping.end >> permissions >> offset >> device >> inode;
  if (!fields || dash != '-' || mapping.end <= mapping.begin) return std::nullopt;
  std::getline(fields >> std::ws, mapping.path);
  mapping.readable = permissions.find('r') == 0;
  mapping.writable = permissions.find('w') == 1;
  return mapping;
}

std::string text_of(const char* path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Without malloc, whose own growth would be among what is read.
std::string text_without_malloc(const char* path) {
  const Descriptor file(open(path, O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return "";
  for (std::size_t room = std::size_t{1} << 20;; room *= 2) {
    void* const buffer = mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (buffer == MAP_FAILED || lseek(file.get(), 0, SEEK_SET) != 0) return "";
    std::size_t length = 0;
    ssize_t got = 0;
    while (length < room && (got = read(file.get(), static_cast<char*>(buffer) + length, room - length)) > 0)
      length += static_cast<std::size_t>(got);
    std::string text;
    if (got == 0) text.assign(static_cast<const char*>(buffer), length);
    munmap(buffer, room);
    if (length < room) return text;
  }
}

/// VmFlags of mappings that mlock leaves alone (mm/mlock.c: VM_SPECIAL, hugetlb; proc(5)).
bool unlockable(const std::string& flag) {
  return flag == "io" || flag == "pf" || flag == "de" || flag == "mm" || flag == "ht";
}

}  // namespace

std::vector<Mapping> parse_maps(const std::string& text) {
  std::vector<Mapping> mappings;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (auto mapping = mapping_of(line)) mappings.push_back(std::move(*mapping));
  return mappings;
}

std::vector<Mapping> own_mappings() { return parse_maps(text_of("/proc/self/maps")); }

std::vector<MappingUse> parse_smaps(const std::string& text) {
  std::vector<MappingUse> all;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    // a figure is "Rss:   12 kB", and of the address of a mapping no word ends with a colon
    const auto blank = line.find(' ');
    if (blank == 0 || blank == std::string::npos || line[blank - 1] != ':') {
      if (auto mapping = mapping_of(line)) all.push_back({std::move(*mapping)});
      continue;
    }
    if (all.empty()) continue;
    std::istringstream words(line.substr(blank));
    const std::string name = line.substr(0, blank);
    if (name == "Rss:") {
      std::uint64_t kib = 0;
      words >> kib;
      all.back().present_bytes = kib * 1024;
    } else if (name == "VmFlags:") {
      for (std::string flag; words >> flag;) {
        if (flag == "lo") all.back().locked = true;
        if (unlockable(flag)) all.back().lockable = false;
      }
    }
  }
  return all;
}

std::vector<MappingUse> own_mappings_in_use() { return parse_smaps(text_without_malloc("/proc/self/smaps")); }

}  // namespace isochron::system
