/* A stand-in for the library of a device with the interface of GM/T 0018: the same calls, with a toy cipher and no
 * security whatsoever. SDF_STAND_IN_FAIL names a call that answers with an error. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OK 0
#define UNKNOWN 0x01000001
#define NO_KEY 0x01000008
#define BAD_LENGTH 0x01000009
#define BLOCK 16

typedef struct { uint8_t secret[BLOCK]; int living; } key_t_;

static const uint8_t kek[BLOCK] = "stand-in-kek-001";
static int session_is_open;

static int fails(const char *name) {
    const char *wanted = getenv("SDF_STAND_IN_FAIL");
    return wanted != NULL && strcmp(wanted, name) == 0;
}

/* A Feistel network over two halves: invertible, keyed, and good for nothing but this. */
static uint64_t mixed(uint64_t half, const uint8_t *secret, int round) {
    uint64_t word;
    memcpy(&word, secret + (round & 1) * 8, 8);
    half = (half ^ word ^ (uint64_t)round) * 0x9E3779B97F4A7C15ULL;
    return half ^ (half >> 29);
}

static void block(const uint8_t *secret, uint8_t *data, int decrypts) {
    uint64_t left, right, kept;
    memcpy(&left, data, 8);
    memcpy(&right, data + 8, 8);
    for (int step = 0; step < 8; step++) {
        if (decrypts) {
            kept = left; left = right ^ mixed(left, secret, 7 - step); right = kept;
        } else {
            kept = right; right = left ^ mixed(right, secret, step); left = kept;
        }
    }
    memcpy(data, &left, 8);
    memcpy(data + 8, &right, 8);
}

static int chained(const uint8_t *secret, uint8_t *iv, const uint8_t *data, unsigned length, uint8_t *out, int decrypts) {
    uint8_t kept[BLOCK];
    if (length % BLOCK) return BAD_LENGTH;
    for (unsigned at = 0; at < length; at += BLOCK) {
        memcpy(kept, data + at, BLOCK);
        memcpy(out + at, data + at, BLOCK);
        if (!decrypts) for (int i = 0; i < BLOCK; i++) out[at + i] ^= iv[i];
        block(secret, out + at, decrypts);
        if (decrypts) for (int i = 0; i < BLOCK; i++) out[at + i] ^= iv[i];
        memcpy(iv, decrypts ? kept : out + at, BLOCK);
    }
    return OK;
}

int SDF_OpenDevice(void **device) { *device = (void *)&kek; return fails("SDF_OpenDevice") ? UNKNOWN : OK; }
int SDF_CloseDevice(void *device) { return device ? OK : UNKNOWN; }
int SDF_OpenSession(void *device, void **session) { *session = device; session_is_open++; return device ? OK : UNKNOWN; }
int SDF_CloseSession(void *session) { session_is_open--; return session ? OK : UNKNOWN; }

int SDF_GenerateRandom(void *session, unsigned length, uint8_t *out) {
    FILE *source = fopen("/dev/urandom", "rb");
    if (!session || fails("SDF_GenerateRandom") || source == NULL) return UNKNOWN;
    size_t got = fread(out, 1, length, source);
    fclose(source);
    return got == length ? OK : UNKNOWN;
}

int SDF_ImportKeyWithKEK(void *session, unsigned alg, unsigned index, uint8_t *blob, unsigned length, void **handle) {
    if (!session || alg != 0x401 || fails("SDF_ImportKeyWithKEK")) return UNKNOWN;
    if (index != 1) return NO_KEY;
    if (length != BLOCK) return BAD_LENGTH;
    key_t_ *key = calloc(1, sizeof *key);
    memcpy(key->secret, blob, BLOCK);
    block(kek, key->secret, 1);
    key->living = 1;
    *handle = key;
    return OK;
}

int SDF_GenerateKeyWithKEK(void *session, unsigned bits, unsigned alg, unsigned index, uint8_t *blob, unsigned *length,
                           void **handle) {
    if (bits != 128) return BAD_LENGTH;
    if (SDF_GenerateRandom(session, BLOCK, blob) != OK) return UNKNOWN;
    *length = BLOCK;
    return SDF_ImportKeyWithKEK(session, alg, index, blob, BLOCK, handle);
}

int SDF_DestroyKey(void *session, void *handle) {
    if (!session || !handle) return NO_KEY;
    ((key_t_ *)handle)->living = 0;
    return OK;
}

static int transformed(const char *name, void *handle, unsigned alg, uint8_t *iv, const uint8_t *data, unsigned length,
                       uint8_t *out, unsigned *out_length, int decrypts) {
    key_t_ *key = handle;
    if (fails(name) || alg != 0x402) return UNKNOWN;
    if (!key || !key->living) return NO_KEY;
    *out_length = length;
    return chained(key->secret, iv, data, length, out, decrypts);
}

int SDF_Encrypt(void *session, void *handle, unsigned alg, uint8_t *iv, uint8_t *data, unsigned length, uint8_t *out,
                unsigned *out_length) {
    return session ? transformed("SDF_Encrypt", handle, alg, iv, data, length, out, out_length, 0) : UNKNOWN;
}

int SDF_Decrypt(void *session, void *handle, unsigned alg, uint8_t *iv, uint8_t *data, unsigned length, uint8_t *out,
                unsigned *out_length) {
    return session ? transformed("SDF_Decrypt", handle, alg, iv, data, length, out, out_length, 1) : UNKNOWN;
}

int SDF_CalculateMAC(void *session, void *handle, unsigned alg, uint8_t *iv, uint8_t *data, unsigned length, uint8_t *mac,
                     unsigned *mac_length) {
    key_t_ *key = handle;
    if (!session || alg != 0x410 || fails("SDF_CalculateMAC")) return UNKNOWN;
    if (!key || !key->living) return NO_KEY;
    uint8_t *scratch = malloc(length + 1);
    int code = chained(key->secret, iv, data, length, scratch, 0);
    memcpy(mac, iv, BLOCK);
    *mac_length = BLOCK;
    free(scratch);
    return code;
}
