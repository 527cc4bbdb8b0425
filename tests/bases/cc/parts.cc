// Exceptions through threads, the locale of the standard library, a team of OpenMP.
#include <exception>
#include <locale>
#include <stdexcept>
#include <string>
#include <thread>

extern "C" int exceptions_and_threads() {
    std::exception_ptr thrown;
    std::thread([&] {
        try {
            std::string("short").at(10);
        } catch (const std::out_of_range &) {
            thrown = std::current_exception();
        }
    }).join();
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception &) {
        std::locale::global(std::locale("C.UTF-8"));
    }
    int sum = 0;
#pragma omp parallel for reduction(+ : sum)
    for (int each = 1; each <= 4; each++) sum += each;
    return sum;
}
