FROM golang:1.24 AS build
WORKDIR /src
# an authority that no image knows unless it is given to it, and a certificate of it for localhost
RUN go run /usr/local/go/src/crypto/tls/generate_cert.go -ca -host localhost \
 && cp cert.pem /usr/local/share/ca-certificates/lab.crt && update-ca-certificates
COPY fetch.go .
RUN CGO_ENABLED={{ cgo }} go build -trimpath -ldflags "-s -w" -o fetch fetch.go
CMD ["/src/fetch"]
