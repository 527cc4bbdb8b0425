#include <microhttpd.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

static nlohmann::json greetings;

static MHD_Result answer(void *, MHD_Connection *connection, const char *url, const char *, const char *, const char *,
                         size_t *, void **) {
    bool known = greetings.contains(url);
    std::string body = known ? greetings[url].get<std::string>() : "none";
    auto *response = MHD_create_response_from_buffer(body.size(), body.data(), MHD_RESPMEM_MUST_COPY);
    auto result = MHD_queue_response(connection, known ? 200 : 404, response);
    MHD_destroy_response(response);
    return result;
}

int main() {
    std::ifstream(GREETINGS) >> greetings;
    if (!MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 18108, nullptr, nullptr, answer, nullptr, MHD_OPTION_END))
        return 1;
    pause();
}
