use tiny_http::{Response, Server};

fn main() {
    let server = Server::http("0.0.0.0:18107").unwrap();
    for request in server.incoming_requests() {
        let words: Vec<&str> = request.url().split('/').filter(|word| !word.is_empty()).collect();
        let body = serde_json::json!({ "words": words }).to_string();
        let status = if words.first() == Some(&"none") { 404 } else { 200 };
        request.respond(Response::from_string(body).with_status_code(status)).unwrap();
    }
}
