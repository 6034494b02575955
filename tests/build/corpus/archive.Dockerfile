FROM base
ADD archive.tar /plain/
ADD archive.tar.gz /gz/
ADD archive.tar.xz /xz
ADD archive.tar.bz2 /bz2/
COPY archive.tar.gz /kept/
ADD notreally.tar /as-file/
