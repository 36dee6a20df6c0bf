// A record as a list of its fields, from which its struct, its layout and what the addon tells of it come. A list is a
// macro LIST(ONE, MANY) of ONE(type, name) and MANY(type, name, count); its types are the names of RecordType.
#pragma once

#include <cstddef>
#include <cstdint>

namespace isochron::record {

using u64 = std::uint64_t;
using f64 = double;
using u32 = std::uint32_t;
using i32 = std::int32_t;

/// Where one field lies in its record.
struct Field {
  const char* name;
  const char* type;  // "u64", "f64", "u32" or "i32"
  std::size_t count;
  std::size_t offset;
};

}  // namespace isochron::record

// Members of the struct.
#define ISOCHRON_MEMBER(type, name) type name;
#define ISOCHRON_MEMBERS(type, name, count) type name[count];
// Entries of a table of Field, where `Record` is the struct.
#define ISOCHRON_FIELD(type, name) Field{#name, #type, 1, offsetof(Record, name)},
#define ISOCHRON_FIELDS(type, name, count) Field{#name, #type, count, offsetof(Record, name)},
