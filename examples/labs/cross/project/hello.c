#include <pthread.h>
#include <stdio.h>

double greeting(double name);

static void *speak(void *name) {
    printf("Hello %.3f\n", greeting(*(double *)name));
    return NULL;
}

int main(void) {
    double name = 2;
    pthread_t thread;
    return pthread_create(&thread, NULL, speak, &name) || pthread_join(thread, NULL);
}
