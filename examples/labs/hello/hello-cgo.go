package main

// #include <stdio.h>
// static void hello(void) { puts("hello, world"); fflush(stdout); }
import "C"

func main() {
	C.hello()
}
