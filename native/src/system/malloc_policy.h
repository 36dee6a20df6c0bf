// Where malloc keeps what it hands out.
#pragma once

namespace isochron::system {

/// Tells glibc's malloc (mallopt(3)) to give each thread that has none yet an arena of its own, to map nothing that an
/// arena has room for, and never to give pages back: nothing of the job's is then mapped or unmapped behind its back,
/// and nothing of Node's takes its place. That is what memory_lock.h finds and locks. For the whole process, from now
/// on: arenas that are there stay as they are, and so does what was mapped before. False: another C library, or an
/// allocator that knows no such thing.
bool keep_malloc_in_arenas() noexcept;

}  // namespace isochron::system
