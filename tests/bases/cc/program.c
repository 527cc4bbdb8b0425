/* What C programs ask of the GNU C library and of OpenSSL. OpenSSL's few declarations are here, so that its headers need
   not be installed. */
#include <dlfcn.h>
#include <iconv.h>
#include <locale.h>
#include <netdb.h>
#include <pthread.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>

#define check(wanted) \
    do { \
        if (!(wanted)) { \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #wanted); \
            exit(1); \
        } \
    } while (0)

void *TLS_client_method(void);
void *SSL_CTX_new(void *);
int SSL_CTX_set_default_verify_paths(void *);
void *SSL_CTX_get_cert_store(void *);
void *X509_STORE_get0_objects(void *);
int OPENSSL_sk_num(void *);
int exceptions_and_threads(void);

static void *forever(void *unused) {
    for (;;) pause();
    return unused;
}

static void names(void) {
    struct addrinfo *found;
    check(getpwuid(getuid()) && !strcmp(getpwuid(getuid())->pw_name, "nonroot"));
    check(getservbyname("ldaps", "tcp"));
    check(getprotobyname("udp"));
    check(getaddrinfo("localhost", "https", NULL, &found) == 0);
}

static void converts(const char *name) {
    char input[] = "\xc3\xbc", output[8], *from = input, *to = output;
    size_t left = 2, room = sizeof output;
    iconv_t converter = iconv_open(name, "UTF-8");
    check(converter != (iconv_t)-1);
    check(iconv(converter, &from, &left, &to, &room) == 0 && left == 0);
    iconv_close(converter);
}

static void texts(void) {
    wchar_t wide[8];
    check(setlocale(LC_ALL, "C.UTF-8"));
    check(mbstowcs(wide, "\xc3\xbc", 8) == 1 && wide[0] == 0xfc && towupper(wide[0]) == 0xdc);
    converts("ISO-8859-15");
    converts("CP1252");
    converts("UTF-16");
}

static void times(void) {
    time_t summer = 1783123200; /* July 2026 */
    setenv("TZ", "Europe/Berlin", 1);
    tzset();
    check(!strcmp(localtime(&summer)->tm_zone, "CEST"));
}

static void certificates(void) {
    void *context = SSL_CTX_new(TLS_client_method());
    check(context && SSL_CTX_set_default_verify_paths(context) == 1);
    check(OPENSSL_sk_num(X509_STORE_get0_objects(SSL_CTX_get_cert_store(context))) > 100);
}

static void threads(void) {
    pthread_t thread;
    void *result;
    check(pthread_create(&thread, NULL, forever, NULL) == 0);
    check(pthread_cancel(thread) == 0); /* loads libgcc_s */
    check(pthread_join(thread, &result) == 0 && result == PTHREAD_CANCELED);
}

int main(void) {
    names();
    texts();
    times();
    certificates();
    threads();
    check(exceptions_and_threads() == 10);
    check(dlopen("libz.so.1", RTLD_NOW));
    check(fopen("/tmp/file", "w") && fopen("/home/nonroot/file", "w"));
    return 0;
}
