#!/bin/sh
# Makes the certificates that the tests of src/deliver use, valid for a hundred years. They protect nothing: the
# servers are on 127.0.0.1 and live for one test. The authority's key is thrown away, so a change makes all of them
# again: sh test/deliver/tls/make.sh
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
days=36500

key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null; }

# authority FILE NAME
authority() {
  key "$work/ca.key"
  openssl req -x509 -new -key "$work/ca.key" -subj "/CN=$2" -days $days -out "$1" \
    -addext basicConstraints=critical,CA:true -addext keyUsage=critical,keyCertSign
}

# server FILE NAME ALTERNATIVE-NAMES: signed by the authority that was made last
server() {
  openssl req -new -key server.key -subj "/CN=$2" -out "$work/request"
  echo "subjectAltName=$3" >"$work/extensions"
  openssl x509 -req -in "$work/request" -CA "$work/ca.pem" -CAkey "$work/ca.key" -CAcreateserial -days $days \
    -extfile "$work/extensions" -out "$1" 2>/dev/null
}

authority other-ca.pem "logdigest test: an authority that signed nothing"
authority "$work/ca.pem" "logdigest test"
cp "$work/ca.pem" ca.pem
key server.key
server server.pem localhost DNS:localhost,IP:127.0.0.1,IP:::1
server wrong-name.pem mail.example.org DNS:mail.example.org
chmod 644 ./*.pem server.key
