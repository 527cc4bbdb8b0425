/* The libraries that .NET's runtime loads by name when a program asks for what needs them. Sources: dotnet/runtime,
   src/native/libs/System.{Globalization,Security.Cryptography,Net.Security}.Native. */
#include <dlfcn.h>
#include <stdio.h>

int main(void) {
    const char *either[][2] = {{"libicuuc.so.76", "libicuuc.so.72"}, {"libicui18n.so.76", "libicui18n.so.72"}};
    const char *names[] = {"libssl.so.3", "libcrypto.so.3", "libgssapi_krb5.so.2", "libz.so.1", "libstdc++.so.6", "libgcc_s.so.1"};
    for (unsigned at = 0; at < sizeof names / sizeof *names; at++)
        if (!dlopen(names[at], RTLD_NOW)) return fprintf(stderr, "%s\n", dlerror()), 1;
    for (unsigned at = 0; at < sizeof either / sizeof *either; at++)
        if (!dlopen(either[at][0], RTLD_NOW) && !dlopen(either[at][1], RTLD_NOW)) return fprintf(stderr, "%s\n", dlerror()), 1;
    return 0;
}
