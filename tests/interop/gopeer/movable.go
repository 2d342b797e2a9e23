package main

import (
	"net"
	"sync"
	"time"
)

// A socket that changes its port when told to, as a NAT changes it: whoever reads and writes does not know.
type movable struct {
	lock sync.Mutex
	conn net.PacketConn
}

func newMovable() *movable {
	return &movable{conn: listen()}
}

func listen() net.PacketConn {
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	fail(err)
	return conn
}

func (m *movable) now() net.PacketConn {
	m.lock.Lock()
	defer m.lock.Unlock()
	return m.conn
}

func (m *movable) move() {
	next := listen()
	m.lock.Lock()
	before := m.conn
	m.conn = next
	m.lock.Unlock()
	fail(before.Close())
}

func (m *movable) ReadFrom(bytes []byte) (int, net.Addr, error) {
	for {
		conn := m.now()
		count, from, err := conn.ReadFrom(bytes)
		if err == nil || conn == m.now() {
			return count, from, err
		}
	}
}

func (m *movable) WriteTo(bytes []byte, to net.Addr) (int, error) {
	for {
		conn := m.now()
		count, err := conn.WriteTo(bytes, to)
		if err == nil || conn == m.now() {
			return count, err
		}
	}
}

func (m *movable) Close() error                        { return m.now().Close() }
func (m *movable) LocalAddr() net.Addr                 { return m.now().LocalAddr() }
func (m *movable) SetDeadline(at time.Time) error      { return m.now().SetDeadline(at) }
func (m *movable) SetReadDeadline(at time.Time) error  { return m.now().SetReadDeadline(at) }
func (m *movable) SetWriteDeadline(at time.Time) error { return m.now().SetWriteDeadline(at) }
