vcl 4.1;
import std;
import directors;
backend here { .host = "127.0.0.1"; .port = "21033"; .connect_timeout = 2s; }
backend gone { .host = "127.0.0.1"; .port = "21034"; .connect_timeout = 1s; .probe = { .initial = 0; .interval = 1s; } }
acl purgers { "localhost"; }
sub vcl_init { new pool = directors.fallback(); pool.add_backend(gone); pool.add_backend(here); }
sub vcl_recv {
  if (req.method == "PURGE") {
    if (client.ip !~ purgers) { return (synth(405)); }
    return (purge);
  }
  if (req.url == "/teapot") { return (synth(418, std.toupper("short and stout"))); }
  set req.backend_hint = pool.backend();
  if (req.url ~ "^/gone") { set req.backend_hint = gone; }
}
sub vcl_backend_response {
  set beresp.do_esi = bereq.url ~ "\.esi$";
  set beresp.do_gzip = bereq.url ~ "gzip";
  set beresp.ttl = 60s;
}
sub vcl_deliver { set resp.http.X-Hits = obj.hits; }
