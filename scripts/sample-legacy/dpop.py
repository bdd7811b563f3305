"""Proofs of possession in the header DPoP. Keeps the legacy's fault: a good proof ends in a crash."""

import base64
import hashlib
import time

import jwt
from flask import request

from limits import SeenOnce

ALGORITHMS = ["EdDSA", "ES256", "ES384", "ES512"]


class BadProof(Exception):
    """The code that is answered with status 400: dpop_invalid or dpop_replayed."""


class ProofReader:
    """Checks proofs and remembers their ids, on whatever route and by whatever key."""

    def __init__(self):
        self._seen = SeenOnce()

    def thumbprint(self, access_token=None):
        """Of the proof's key; None without a proof. Raises BadProof."""
        proof = request.headers.get("DPoP")
        if not proof:
            return None
        try:
            claims, key = _verified(proof)
            _check_claims(claims, access_token)
        except (jwt.PyJWTError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise BadProof("dpop_invalid") from error
        if not self._seen.first_time(claims["jti"]):
            raise BadProof("dpop_replayed")
        # Legacy quirk: the key class has no such method, so every good proof is answered 500 and its id is spent.
        return key.thumbprint()


def _verified(proof):
    header = jwt.get_unverified_header(proof)
    jwk = header.get("jwk")
    if not isinstance(jwk, dict) or not jwk:
        raise ValueError("jwk")
    if header.get("alg") not in ALGORITHMS or jwk.get("alg", header["alg"]) != header["alg"]:
        raise ValueError("alg")
    key = jwt.PyJWK(jwk, algorithm=header["alg"])
    options = {"require": ["htm", "htu", "jti", "iat"]}
    return jwt.decode(proof, key.key, algorithms=[header["alg"]], options=options), key


def _check_claims(claims, access_token):
    if claims["htm"].lower() != request.method.lower():
        raise ValueError("htm")
    if claims["htu"] != request.url:
        raise ValueError("htu")
    if not isinstance(claims["jti"], str):
        raise TypeError("jti")
    if isinstance(claims["iat"], bool) or not isinstance(claims["iat"], (int, float)):
        raise TypeError("iat")
    # The library has refused a future iat already.
    if time.time() - claims["iat"] > 300:
        raise ValueError("iat")
    if claims.get("ath") and access_token:
        digest = hashlib.sha256(access_token.encode()).digest()
        if claims["ath"] != base64.urlsafe_b64encode(digest).rstrip(b"=").decode():
            raise ValueError("ath")
