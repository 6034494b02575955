FROM scratch
ADD rootfs.tar.xz /
ADD https://example/file.tar.gz /tmp/
ADD --checksum=sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef https://example/x /x
ADD --keep-git-dir=true https://example/repo.git#v1:sub /src
ADD --unpack=true https://example/a.tgz /opt
ADD --unpack=false local.tar /opt/
ADD --chown=1:2 --chmod=644 --link a b
ADD git@example:user/repo.git /src
ADD ["a b.tar", "/x y/"]
ADD --exclude=*.o src /src
