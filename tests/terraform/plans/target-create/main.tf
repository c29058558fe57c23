provider "aws" {
  region = "eu-west-1"
}
resource "aws_s3_bucket" "b" {
  bucket = "acme-life"
}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{
      Sid       = "Darwin"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::258327614892:role/external_s3" }
      Action    = ["s3:GetObject", "s3:PutObject"]
      Resource  = "${aws_s3_bucket.b.arn}/*"
    }]
  })
}
resource "aws_s3_bucket_ownership_controls" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}
resource "aws_s3_bucket_cors_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  cors_rule {
    allowed_headers = ["*"]
    allowed_methods = ["GET", "PUT"]
    allowed_origins = ["https://darwin.v7labs.com"]
  }
}
