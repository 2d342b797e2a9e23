// A QUIC peer that is not ours, for the interop tests: quic-go as Debian ships it (0.29). Covers what ngtcp2's programs
// cannot: a private ALPN, raw streams, mutual Ed25519 certificates, datagrams (RFC 9221).
//
//	gopeer server ADDR                           echoes streams and datagrams until it is ended
//	gopeer client ADDR STREAMS BYTES DATAGRAMS   so many streams at once, so many bytes each, then datagrams
//
// Options stand before ADDR; usage lists them. Both honour SSLKEYLOGFILE. What they print is read by GoPeer.cs.
// Build: GO111MODULE=off GOPATH=/usr/share/gocode go build -o OUT .
package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	_ "unsafe" // for keyUpdateInterval

	quic "github.com/lucas-clemente/quic-go"
	"github.com/lucas-clemente/quic-go/logging"
	"github.com/lucas-clemente/quic-go/qlog"
)

const patience = 60 * time.Second

var (
	alpn     = flag.String("alpn", "toss-interop/1", "application protocol")
	logs     = flag.String("qlog", "", "folder for qlog files")
	retry    = flag.Bool("retry", false, "server: validate every address by Retry")
	versions = flag.String("versions", "v1", "versions of QUIC, the first one first: v1, v2, draft-29")
	update   = flag.Uint64("update-keys", 0, "new keys after so many packets; 0 is quic-go's 100,000")
	code     = flag.Uint64("close", 42, "client: code to close with at the end")
	refuse   = flag.Bool("refuse", false, "server: close with 42 when the first stream comes")
	rebind   = flag.Bool("rebind", false, "client: once more the same from another port, of which QUIC is not told")
)

// Not public. It is quic-go's own interop program that sets it, too.
//
//go:linkname keyUpdateInterval github.com/lucas-clemente/quic-go/internal/handshake.KeyUpdateInterval
var keyUpdateInterval uint64

// The qlogs that are written to their end.
var logged = make(chan struct{}, 1000)

type qlogFile struct{ *os.File }

func (file qlogFile) Close() error {
	err := file.File.Close()
	fmt.Println("logged")
	logged <- struct{}{}
	return err
}

func fail(err error) {
	if err != nil {
		report(err)
		fmt.Println("failed:", err)
		os.Exit(1)
	}
}

func report(err error) {
	var closed *quic.ApplicationError
	var failed *quic.TransportError
	if errors.As(err, &closed) {
		fmt.Printf("closed code=%d remote=%t\n", closed.ErrorCode, closed.Remote)
	} else if errors.As(err, &failed) {
		fmt.Printf("failed code=%d remote=%t\n", uint64(failed.ErrorCode), failed.Remote)
	} else {
		fmt.Printf("closed %v\n", err)
	}
}

func credentials() *tls.Config {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	fail(err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "localhost"},
		DNSNames:     []string{"localhost"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	fail(err)
	fmt.Printf("own-key=%x\n", []byte(public))
	config := &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{certificate}, PrivateKey: private}},
		// Whose key it is, the test compares.
		InsecureSkipVerify: true,
		ClientAuth:         tls.RequireAnyClientCert,
		NextProtos:         []string{*alpn},
	}
	if path := os.Getenv("SSLKEYLOGFILE"); path != "" {
		file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		fail(err)
		config.KeyLogWriter = file
	}
	return config
}

func settings() *quic.Config {
	config := &quic.Config{
		EnableDatagrams:          true,
		MaxIncomingStreams:       1000,
		HandshakeIdleTimeout:     patience,
		RequireAddressValidation: func(net.Addr) bool { return *retry },
	}
	for _, name := range strings.Split(*versions, ",") {
		known := map[string]quic.VersionNumber{
			"v1": quic.Version1, "v2": quic.Version2, "draft-29": quic.VersionDraft29,
		}
		config.Versions = append(config.Versions, known[name])
	}
	if *update > 0 {
		keyUpdateInterval = *update
	}
	if *logs != "" {
		config.Tracer = qlog.NewTracer(func(side logging.Perspective, id []byte) io.WriteCloser {
			file, err := os.Create(filepath.Join(*logs, fmt.Sprintf("%s-%x.qlog", side, id)))
			fail(err)
			return qlogFile{file}
		})
	}
	return config
}

func describe(connection quic.Connection) string {
	state := connection.ConnectionState()
	key := "none"
	if certificates := state.TLS.PeerCertificates; len(certificates) > 0 {
		if public, ok := certificates[0].PublicKey.(ed25519.PublicKey); ok {
			key = fmt.Sprintf("%x", []byte(public))
		}
	}
	return fmt.Sprintf("peer-key=%s alpn=%s suite=%s datagrams=%t", key, state.TLS.NegotiatedProtocol,
		tls.CipherSuiteName(state.TLS.CipherSuite), state.SupportsDatagrams)
}

func serve(address string) {
	listener, err := quic.ListenAddr(address, credentials(), settings())
	fail(err)
	fmt.Printf("listening %s\n", listener.Addr())
	for {
		connection, err := listener.Accept(context.Background())
		fail(err)
		fmt.Printf("accepted %s %s\n", connection.RemoteAddr(), describe(connection))
		go echoDatagrams(connection)
		go echoStreams(connection)
	}
}

func echoDatagrams(connection quic.Connection) {
	for {
		datagram, err := connection.ReceiveMessage()
		if err != nil || connection.SendMessage(datagram) != nil {
			return
		}
	}
}

func echoStreams(connection quic.Connection) {
	for {
		stream, err := connection.AcceptStream(context.Background())
		if err != nil {
			report(err)
			return
		}
		if *refuse {
			fail(connection.CloseWithError(42, "refused"))
			return
		}
		go func() {
			count, err := io.Copy(stream, stream)
			if err == nil {
				err = stream.Close()
			}
			fmt.Printf("stream id=%d bytes=%d error=%v\n", stream.StreamID(), count, err)
		}()
	}
}

func echo(connection quic.Connection, size int) error {
	sent := make([]byte, size)
	if _, err := rand.Read(sent); err != nil {
		return err
	}
	stream, err := connection.OpenStreamSync(context.Background())
	if err != nil {
		return err
	}
	wrote := make(chan error, 1)
	go func() {
		_, err := stream.Write(sent)
		if err == nil {
			err = stream.Close()
		}
		wrote <- err
	}()
	heard, err := io.ReadAll(stream)
	if err != nil {
		return err
	}
	if err := <-wrote; err != nil {
		return err
	}
	if !bytes.Equal(sent, heard) {
		return fmt.Errorf("stream %d: other bytes came back", stream.StreamID())
	}
	return nil
}

func echoAll(connection quic.Connection, streams, size int) {
	done := make(chan error, streams)
	for i := 0; i < streams; i++ {
		go func() { done <- echo(connection, size) }()
	}
	for i := 0; i < streams; i++ {
		fail(<-done)
	}
	fmt.Printf("streams %d bytes=%d\n", streams, streams*size)
}

func dial(address string, streams, size, datagrams int) {
	var connection quic.Connection
	var socket *movable
	var err error
	if *rebind {
		socket = newMovable()
		var peer *net.UDPAddr
		peer, err = net.ResolveUDPAddr("udp", address)
		fail(err)
		connection, err = quic.Dial(socket, peer, "localhost", credentials(), settings())
	} else {
		connection, err = quic.DialAddr(address, credentials(), settings())
	}
	fail(err)
	fmt.Printf("connected %s\n", describe(connection))
	echoAll(connection, streams, size)
	if *rebind {
		socket.move()
		echoAll(connection, streams, size)
	}
	for i := 0; i < datagrams; i++ {
		sent := []byte(fmt.Sprintf("datagram %d", i))
		fail(connection.SendMessage(sent))
		heard, err := connection.ReceiveMessage()
		fail(err)
		if !bytes.Equal(sent, heard) {
			fail(fmt.Errorf("another datagram came back: %q", heard))
		}
	}
	fmt.Printf("datagrams %d\n", datagrams)
	fail(connection.CloseWithError(quic.ApplicationErrorCode(*code), "done"))
	if *logs != "" {
		<-logged
	}
	fmt.Println("done")
}

func number(text string) int {
	value, err := strconv.Atoi(text)
	fail(err)
	return value
}

func main() {
	role := ""
	if len(os.Args) > 1 {
		role = os.Args[1]
		os.Args = append(os.Args[:1], os.Args[2:]...)
	}
	flag.Parse()
	switch {
	case role == "server" && flag.NArg() == 1:
		serve(flag.Arg(0))
	case role == "client" && flag.NArg() == 4:
		time.AfterFunc(patience, func() { fail(errors.New("this takes too long")) })
		dial(flag.Arg(0), number(flag.Arg(1)), number(flag.Arg(2)), number(flag.Arg(3)))
	default:
		fmt.Println("usage: gopeer server|client [options] ADDR [STREAMS BYTES DATAGRAMS]")
		flag.PrintDefaults()
		os.Exit(2)
	}
}
