// flock(2) on an open descriptor: between processes, between threads, and gone with whoever holds it.
#pragma once

namespace isochron::system {

/// Takes the lock, or changes the one that `descriptor` has, without waiting: 0 or errno (EWOULDBLOCK: somebody else
/// has it). It goes when the last copy of the descriptor is closed, the death of the process included. A descriptor
/// that is open for reading will do, so a lock needs no right to write.
int try_lock_file(int descriptor, bool exclusive) noexcept;

}  // namespace isochron::system
