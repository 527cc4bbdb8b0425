#include <stdio.h>
#include <zlib.h>

int main(int count, char **words) {
    static Bytef in[1 << 16], out[1 << 17];
    FILE *file = count > 1 ? fopen(words[1], "rb") : NULL;
    if (!file) {
        perror(count > 1 ? words[1] : "squeeze");
        return 1;
    }
    uLongf left = sizeof out;
    uLong read = fread(in, 1, sizeof in, file);
    compress(out, &left, in, read);
    printf("%lu %lu\n", read, left);
}
