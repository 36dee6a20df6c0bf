// Included before every file of the mutated build: true where mutant `id` is the one that is switched on.
#pragma once

bool isochron_mutant(unsigned id) noexcept;
