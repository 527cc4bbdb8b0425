// What the standard library of Go reads of a system, without cgo. Any failure is a panic.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"mime"
	"net"
	"os"
	"os/user"
	"time"
)

func main() {
	roots := must(x509.SystemCertPool())
	if found := len(roots.Subjects()); found < 100 {
		panic(fmt.Sprintf("only %d authorities", found))
	}
	handshake()
	for _, zone := range []string{"Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC"} {
		must(time.LoadLocation(zone))
	}
	equal(must(user.Current()).Username, "nonroot")
	equal(must(user.Lookup("www-data")).Uid, "33")
	equal(must(user.LookupGroup("nogroup")).Gid, "65534")
	equal(must(user.Lookup("nonroot")).HomeDir, must(os.UserHomeDir()))
	must(0, os.WriteFile("/home/nonroot/file", nil, 0o600))
	must(0, must(os.CreateTemp("", "x")).Close())
	equal(mime.TypeByExtension(".odt"), "application/vnd.oasis.opendocument.text")
	equal(fmt.Sprint(must(net.LookupPort("tcp", "ldaps"))), "636")
	equal(must(net.LookupHost("localhost"))[0], "127.0.0.1")
}

// handshake is with ourselves: the certificate is one of the authority that was added to the image.
func handshake() {
	pair := must(tls.LoadX509KeyPair("/srv/server.pem", "/srv/server.pem"))
	listener := must(tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}}))
	go func() {
		must(0, must(listener.Accept()).(*tls.Conn).Handshake())
	}()
	config := &tls.Config{ServerName: "localhost"}
	must(0, must(tls.Dial("tcp", listener.Addr().String(), config)).Handshake())
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func equal(found, expected string) {
	if found != expected {
		panic(fmt.Sprintf("%q instead of %q", found, expected))
	}
}
