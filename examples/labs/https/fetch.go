// Command fetch asks a server over TLS and believes the authorities that the system believes. The server is in it, so that
// nothing else has to run: its certificate, made in the same build, is of an authority of its own.
package main

import (
	"crypto/tls"
	_ "embed"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
)

//go:embed cert.pem
var certificate []byte

//go:embed key.pem
var key []byte

func main() {
	address, err := serve()
	if err != nil {
		log.Fatal(err)
	}
	answer, err := http.Get("https://" + address)
	if err != nil {
		log.Fatal(err)
	}
	defer answer.Body.Close()
	io.Copy(os.Stdout, answer.Body)
}

// serve returns the address of a server that answers over TLS from now on.
func serve() (string, error) {
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		return "", err
	}
	listener, err := tls.Listen("tcp", "localhost:0", &tls.Config{Certificates: []tls.Certificate{pair}})
	if err != nil {
		return "", err
	}
	go http.Serve(listener, http.HandlerFunc(func(answer http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(answer, "hello over TLS")
	}))
	return fmt.Sprintf("localhost:%d", listener.Addr().(*net.TCPAddr).Port), nil
}
