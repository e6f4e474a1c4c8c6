#ifndef LCRISK_MODEL_SECRET_H
#define LCRISK_MODEL_SECRET_H

#include <stddef.h>
#include <stdint.h>

/// Which of n keys, known by their SHA-256 digests one after the other, `given` is: its
/// place, or n when it is none. Every digest is compared to its last byte, whatever the
/// bytes, so that the time taken says nothing of them.
size_t cr_secret_find(const uint8_t* digests, size_t n, const uint8_t* given,
                      size_t n_given);

#endif
