"""Keys and certificates at the legacy's paths below the project root, made when absent, never replaced."""

import base64
import hashlib
import ipaddress
import os
from datetime import datetime, timedelta, timezone

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from values import now_seconds

ACCESS_SECONDS = 900


def spki_of(private_key):
    return private_key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _write(path, data, mode=0o644):
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


def _pem_of(private_key):
    return private_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _ed25519_at(path):
    if path.is_file():
        return serialization.load_pem_private_key(path.read_bytes(), None)
    key = ed25519.Ed25519PrivateKey.generate()
    _write(path, _pem_of(key), 0o600)
    return key


class Material:
    """What the server signs with and gives to agents."""

    def __init__(self, settings):
        jwt_path = settings.server_root / "auth_keys" / "borealis-jwt-ed25519.key"
        older = settings.server_root / "keys" / "borealis-jwt-ed25519.key"
        if older.is_file() and not jwt_path.is_file():
            jwt_path.parent.mkdir(parents=True, exist_ok=True)
            older.replace(jwt_path)
        self._jwt_key = _ed25519_at(jwt_path)
        self._jwt_kid = hashlib.sha256(spki_of(self._jwt_key)).hexdigest()[:16]

        self._folder = settings.certificates / "Server"
        script_path = self._folder / "Code-Signing" / "borealis-script-ed25519.key"
        script_spki = spki_of(_ed25519_at(script_path))
        if not script_path.with_suffix(".pub").is_file():
            _write(script_path.with_suffix(".pub"), script_spki)
        self.signing_key = base64.b64encode(script_spki).decode()

        self.bundle_file = self._folder / "borealis-server-bundle.pem"
        self.key_file = self._folder / "borealis-server-key.pem"
        self._ensure_certificates(settings.names)

    @property
    def server_certificate(self):
        """Leaf and root, read anew each time; empty when unreadable."""
        try:
            return self.bundle_file.read_text(encoding="utf-8")
        except OSError:
            return ""

    def access_token(self, guid, fingerprint, version):
        now = now_seconds()
        claims = {
            "sub": f"device:{guid}",
            "guid": guid,
            "ssl_key_fingerprint": fingerprint,
            "token_version": version,
            "iat": now,
            "nbf": now,
            "exp": now + ACCESS_SECONDS,
        }
        return jwt.encode(claims, self._jwt_key, algorithm="EdDSA", headers={"kid": self._jwt_kid})

    def read_access_token(self, token):
        """Claims; raises jwt.ExpiredSignatureError or another jwt.InvalidTokenError."""
        options = {"require": ["exp", "iat", "sub"]}
        return jwt.decode(token, self._jwt_key.public_key(), algorithms=["EdDSA"], options=options)

    def _ensure_certificates(self, names):
        root_file, root_key_file = self._folder / "borealis-root-ca.pem", self._folder / "borealis-root-ca-key.pem"
        leaf_file = self._folder / "borealis-server-cert.pem"
        if root_file.is_file() and root_key_file.is_file():
            root = x509.load_pem_x509_certificate(root_file.read_bytes())
            root_key = serialization.load_pem_private_key(root_key_file.read_bytes(), None)
        else:
            root_key = ec.generate_private_key(ec.SECP384R1())
            root = _certificate("Borealis Root CA", root_key, None, root_key, 36500, _ROOT_EXTENSIONS)
            _write(root_key_file, _pem_of(root_key), 0o600)
            _write(root_file, root.public_bytes(serialization.Encoding.PEM))
        if leaf_file.is_file() and self.key_file.is_file() and self.bundle_file.is_file():
            return
        leaf_key = ec.generate_private_key(ec.SECP384R1())
        leaf = _certificate("Borealis Server", leaf_key, root, root_key, 1825, _leaf_extensions(names))
        _write(self.key_file, _pem_of(leaf_key), 0o600)
        leaf_pem, root_pem = (c.public_bytes(serialization.Encoding.PEM).strip() for c in (leaf, root))
        _write(leaf_file, leaf_pem + b"\n")
        _write(self.bundle_file, leaf_pem + b"\n" + root_pem + b"\n")


_USAGES = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
_CA_USAGES = ("key_cert_sign", "crl_sign", "encipher_only", "decipher_only")


def _key_usage(*wanted):
    return x509.KeyUsage(**{name: name in wanted for name in _USAGES + _CA_USAGES})


_ROOT_EXTENSIONS = [
    (x509.BasicConstraints(ca=True, path_length=None), True),
    (_key_usage("key_cert_sign", "crl_sign"), True),
]


def _leaf_extensions(names):
    """127.0.0.1 stands both as a DNS entry, as the legacy writes it, and as the IP entry that agents dialling it need."""
    entries = [x509.DNSName("localhost"), x509.DNSName("127.0.0.1"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    for name in names:
        try:
            entries.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            entries.append(x509.DNSName(name))
    return [
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (x509.SubjectAlternativeName(entries), False),
        (_key_usage("digital_signature", "key_agreement"), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
    ]


def _certificate(common_name, key, issuer, issuer_key, days, extensions):
    organisation = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Borealis")
    subject = x509.Name([organisation, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    now = datetime.now(timezone.utc)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), False)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(issuer_key, hashes.SHA384())
