/* Stands between the product and a real PKCS#11 library (PKCS11_BETWEEN): hands every call on, and lets things happen
 * that a token of software never does. PKCS11_FAIL="C_Sign=0xb3*1" answers one call with that code (*-1: every one);
 * PKCS11_SERIAL gives the token another number. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SERIAL_AT (32 + 32 + 16)
#define SERIAL_BYTES 16
#define MOST 32

typedef unsigned long (*call_t)(void *, void *, void *, void *, void *, void *);

static struct { char name[64]; unsigned long calls; } counted[MOST];
static char heard[128];
static int left;

unsigned long calls_of(const char *name) {
    for (int at = 0; at < MOST; at++)
        if (strcmp(counted[at].name, name) == 0) return counted[at].calls;
    return 0;
}

static void count(const char *name) {
    for (int at = 0; at < MOST; at++) {
        if (counted[at].name[0] == '\0') strncpy(counted[at].name, name, sizeof counted[at].name - 1);
        if (strcmp(counted[at].name, name) == 0) { counted[at].calls++; return; }
    }
}

static unsigned long failure(const char *name) {
    const char *wanted = getenv("PKCS11_FAIL");
    char failing[64];
    unsigned long code;
    int times;
    if (wanted == NULL || sscanf(wanted, "%63[^=]=%lx*%d", failing, &code, &times) != 3) return 0;
    if (strcmp(heard, wanted) != 0) { strncpy(heard, wanted, sizeof heard - 1); left = times; }
    if (strcmp(failing, name) != 0 || left == 0) return 0;
    if (left > 0) left--;
    return code;
}

static unsigned long on(const char *name, void *a, void *b, void *c, void *d, void *e, void *f) {
    static void *library;
    unsigned long code = failure(name);
    int ends = strcmp(name, "C_Decrypt") == 0; /* whatever it answers, a token is then done with it */
    count(name);
    if (code != 0 && !ends) return code;
    if (library == NULL) library = dlopen(getenv("PKCS11_BETWEEN"), RTLD_NOW);
    unsigned long answered = ((call_t)dlsym(library, name))(a, b, c, d, e, f);
    if (code != 0) return code;
    if (strcmp(name, "C_GetTokenInfo") == 0 && getenv("PKCS11_SERIAL") != NULL)
        memcpy((char *)b + SERIAL_AT, getenv("PKCS11_SERIAL"), SERIAL_BYTES);
    return answered;
}

#define HANDED_ON(name) \
    unsigned long name(void *a, void *b, void *c, void *d, void *e, void *f) { return on(#name, a, b, c, d, e, f); }

HANDED_ON(C_GetFunctionList)
HANDED_ON(C_Initialize)
HANDED_ON(C_GetSlotList)
HANDED_ON(C_GetTokenInfo)
HANDED_ON(C_OpenSession)
HANDED_ON(C_CloseSession)
HANDED_ON(C_Login)
HANDED_ON(C_FindObjectsInit)
HANDED_ON(C_FindObjects)
HANDED_ON(C_FindObjectsFinal)
HANDED_ON(C_GenerateKey)
HANDED_ON(C_GenerateRandom)
HANDED_ON(C_EncryptInit)
HANDED_ON(C_Encrypt)
HANDED_ON(C_DecryptInit)
HANDED_ON(C_Decrypt)
HANDED_ON(C_SignInit)
HANDED_ON(C_Sign)
HANDED_ON(C_DestroyObject)
